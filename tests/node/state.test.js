// What the stage shows, as plain data.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTHING } from "../../assets/stage/nothing.js";
import { badge, begun, isOpen, isVisible, opening, places, present, within } from "../../assets/stage/state.js";

const vertex = (first, box = {}) => ({ first, box: { x: 100, y: 50, width: 80, height: 40, ...box } });
const focus = { left: 0, top: 0, right: 300, bottom: 90 };
const picture = (more = {}) => ({ ...NOTHING, vertices: [vertex(0), vertex(2), vertex(0)], constants: [2],
  frames: [{ vertex: 0, focus }, { vertex: 1, focus }, { vertex: -1, focus }], ...more });

test("before the first picture nothing is open, visible or present", () => {
  const state = begun();
  assert.equal(isOpen(state), false);
  assert.equal(present(state), -1);
  assert.equal(places(state), null);
  assert.equal(within(state.picture, 3), 0);
});

test("the selected box is present, else the step's own", () => {
  const state = { ...begun(), picture: picture(), index: 1 };
  assert.equal(present(state), 1);
  assert.equal(present({ ...state, chosen: 0 }), 0);
  assert.equal(present({ ...state, index: 2 }), -1);
});

test("a box is visible from its step on, a constant unless constants are hidden", () => {
  const state = { ...begun(), picture: picture(), index: 1 };
  assert.deepEqual([0, 1, 2].map((place) => isVisible(state, place)), [true, false, true]);
  assert.equal(isVisible({ ...state, index: 2 }, 1), true);
  assert.equal(isVisible({ ...state, hides: true }, 2), false);
  assert.equal(isVisible({ ...state, hides: true }, 0), true);
});

test("a step needs its part of the picture in view, and at least its own box", () => {
  const state = { ...begun(), picture: picture() };
  assert.deepEqual(places(state), { focus, own: { left: 60, top: 30, right: 140, bottom: 70 } });
  assert.deepEqual(places({ ...state, index: 2 }), { focus, own: focus }); // it is about no box
});

test("a step stays within the picture", () => {
  assert.deepEqual([-4, 1, 9].map((index) => within(picture(), index)), [0, 1, 2]);
});

test("a picture opens at its own step, or where the one before was", () => {
  const known = { next: picture({ opens: 2 }), index: 1, kept: false, moment: null, opened: undefined, arrived: undefined };
  assert.equal(opening(known), 2);
  assert.equal(opening({ ...known, kept: true }), 1);
  assert.equal(opening({ ...known, kept: true, moment: 0 }), 0); // folded differently
  assert.equal(opening({ ...known, kept: true, moment: 0, opened: 7 }), 7); // the pass whose iteration was opened
  assert.equal(opening({ ...known, arrived: 5 }), 5); // the pass that was asked for
});

test("only a picture that is not the program's has a badge", () => {
  assert.deepEqual(["ready", "stale", "running", "error"].map(badge), ["", "stale", "running", "error"]);
});
