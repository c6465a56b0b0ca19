// A presenter's strokes: their points, and the curve through them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { adds, pathOf } from "../../assets/stage/pen.js";

test("one point is a dot, two are a line", () => {
  assert.equal(pathOf([[3, 4]]), "M3,4L3,4");
  assert.equal(pathOf([[3, 4], [9, 4]]), "M3,4L9,4");
});

test("a stroke begins and ends where the hand did, and is round in between", () => {
  const path = pathOf([[0, 0], [10, 0], [10, 10], [20, 10]]);
  assert.equal(path, "M0,0Q10,0 10,5Q10,10 15,10L20,10");
});

test("a hand that rests adds no points", () => {
  assert.equal(adds([], [5, 5]), true);
  assert.equal(adds([[5, 5]], [6, 5]), false);
  assert.equal(adds([[5, 5]], [7, 5]), true);
});
