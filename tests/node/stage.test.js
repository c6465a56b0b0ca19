// The parts of the stage that need no page: what survives a change of picture, folding, links,
// keys.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createCamera } from "../../assets/stage/camera.js";
import { createFolding } from "../../assets/stage/folding.js";
import { actionOf, groupOf } from "../../assets/stage/keyboard.js";
import { createLink, remembered } from "../../assets/stage/link.js";
import { alike, sameBox, sameMoment, sameStep } from "../../assets/stage/succession.js";
import { nearest, describe, under } from "../../assets/stage/walk.js";

const box = (x, y = 0) => ({ x, y, width: 40, height: 20, body_width: 30, body_height: 10 });
const vertex = (name, more = {}) => ({ id: name, name, kind: "card", box: box(0), first: 0, opens: null, within: null, ...more });
const picture = (names, more = {}) => ({ structure: names.join(), vertices: names.map((name) => vertex(name)), frames: [], ...more });

test("two pictures are of nearly the same program if half of the new one's names were there", () => {
  assert.equal(alike(null, picture(["a"])), false);
  assert.equal(alike(picture(["a", "b"]), picture(["a", "b"])), true);
  assert.equal(alike(picture(["a", "b"]), picture(["a", "c"])), true);
  assert.equal(alike(picture(["a", "b"]), picture(["a", "c", "d"])), false);
});

test("the selected box is found again by name and kind", () => {
  const old = picture(["a", "b"]);
  assert.equal(sameBox(old, picture(["b", "a"]), 0), 1);
  assert.equal(sameBox(old, picture(["c"]), 0), null);
  assert.equal(sameBox(old, { vertices: [vertex("a", { kind: "disc" })] }, 0), null);
  assert.equal(sameBox(old, old, null), null);
  assert.equal(sameBox(null, old, null), null);
});

test("a picture folded differently continues at the same moment", () => {
  const frames = (...moments) => ({ frames: moments.map((moment) => ({ moment })) });
  assert.equal(sameMoment(frames(0, 1, 2, 3, 4), frames(0, 4), 2), 1);
  assert.equal(sameMoment(frames(0, 4), frames(0, 1, 2, 3, 4), 1), 4);
  assert.equal(sameMoment(frames(0, 1), frames(5, 6), 1), 1, "as many steps: the same step");
});

test("the finished forward pass stays that while lines are added, and later steps move with it", () => {
  const old = { structure: "a", opens: 2 };
  const next = { structure: "b", opens: 4 };
  assert.equal(sameStep(old, next, 2, false), 4, "its end");
  assert.equal(sameStep(old, next, 3, false), 5, "the first backward step");
  assert.equal(sameStep(next, old, 4, true), 2, "a line was removed");
  assert.equal(sameStep(old, next, 1, false), 1, "an operation was changed at its step");
  assert.equal(sameStep(old, next, 1, true), 4, "a line was typed");
  assert.equal(sameStep(old, { ...next, structure: "a" }, 1, true), 1, "another number only");
});

test("requests about groups are kept until they are answered", () => {
  const camera = Object.assign(createCamera(), { width: 100, height: 100, picture: { width: 1000, height: 1000 } });
  const folding = createFolding(camera, 10);
  const shown = { vertices: [vertex("x"), vertex("g", { opens: "aa" })] };
  assert.equal(folding.ask(shown, "aa").length, 1);
  const both = folding.ask(shown, "-aa");
  assert.equal(both.length, 2);
  folding.answered(11);
  assert.equal(folding.ask(shown, "aa").length, 2);
});

test("an opened group keeps its place on the screen", () => {
  const camera = Object.assign(createCamera(), { width: 400, height: 400, picture: { width: 4000, height: 4000 } });
  camera.apply([1, 2000, 2000]);
  const folding = createFolding(camera);
  folding.ask({ vertices: [vertex("g", { opens: "aa", box: box(2100, 1950) })] }, "aa");
  assert.equal(folding.under(), true);
  const before = camera.toPixel(2100, 1950);
  folding.stay({ vertices: [vertex("other"), vertex("inner", { within: "aa", box: box(2500, 2500) })] });
  assert.deepEqual(camera.toPixel(2500, 2500), before);
  folding.done();
  assert.equal(folding.under(), false);
});

test("a link's settings are applied once", () => {
  const link = createLink();
  const data = { asked: "1", step: 3, speed: 2, node: "b", view: null, colour: null, names: true, hide_constants: true, predict: true, present: true };
  const settings = link.settings(data, picture(["a", "b"]));
  assert.deepEqual(settings, { index: 3, speed: 2, chosen: 1, colour: "plain", names: true, constants: true, predict: true, present: true, view: undefined });
  assert.equal(link.settings(data, picture(["a", "b"])), null);
  assert.equal(link.settings({ ...data, asked: "2", node: "gone" }, picture(["a"])).chosen, null);
});

test("a link stores neither defaults nor a folded group", () => {
  const plain = { index: 4, box: undefined, speed: 1, view: null, colour: "plain", names: false, constants: false, predict: false, present: false, opens: 2, playing: false };
  assert.deepEqual(remembered(plain),
    { step: 4, speed: null, node: null, view: null, colour: null, names: null, constants: null, predict: null, present: null, playing: false });
  const more = remembered({ ...plain, speed: 2, predict: true, colour: "value", box: vertex("a") });
  assert.deepEqual([more.speed, more.predict, more.colour, more.node], [2, "1", "value", "a"]);
  assert.equal(remembered({ ...plain, index: 2 }).step, null, "where a program opens");
  assert.equal(remembered({ ...plain, present: true }).present, "1");
  assert.equal(remembered({ ...plain, names: true }).names, "torch");
  assert.equal(remembered({ ...plain, constants: true }).constants, "hidden");
  assert.equal(remembered({ ...plain, box: vertex("g", { group: "aa" }) }).node, null);
});

test("a button keeps its space, the slider its arrows, a list its letters", () => {
  const actions = { " ": "play", ArrowRight: "next", KeyL: "loop", "[": "slower" };
  const press = (key, tag, code = "") => actionOf({ key, code }, tag, actions);
  assert.equal(press(" ", "DIV"), "play");
  assert.equal(press(" ", "BUTTON"), undefined);
  assert.equal(press("ArrowRight", "BUTTON"), "next");
  assert.equal(press("ArrowRight", "INPUT"), undefined);
  assert.equal(press("l", "SELECT", "KeyL"), undefined);
  assert.equal(press("[", "SELECT"), "slower");
  assert.equal(press("ㅣ", "DIV", "KeyL"), "loop", "a letter of 한글 is the same key");
});

test("Enter opens, Backspace folds the group around", () => {
  const inner = vertex("x", { opens: "aa", within: "bb" });
  assert.equal(groupOf("Enter", inner), "aa");
  assert.equal(groupOf("Backspace", inner), "-bb");
  assert.equal(groupOf("Enter", vertex("x")), null);
  assert.equal(groupOf("Backspace", undefined), null);
});

test("an arrow key leads to the nearest visible box in its direction", () => {
  const boxes = [[0, 0], [100, 0], [60, 90], [200, 0]].map(([x, y], place) =>
    vertex(String(place), { box: box(x, y), first: place === 1 ? 5 : 0 }));
  const by = (step) => (place) => boxes[place].first <= step;
  const from = box(0);
  assert.equal(nearest(boxes, from, "ArrowRight", by(5)), 1);
  assert.equal(nearest(boxes, from, "ArrowRight", by(0)), 3);
  assert.equal(nearest(boxes, from, "ArrowDown", by(0)), 2);
  assert.equal(nearest(boxes, from, "ArrowLeft", by(0)), -1);
});

test("the box under a pixel is found at any scale", () => {
  const camera = Object.assign(createCamera(), { width: 200, height: 200 });
  camera.apply([0.5, 100, 100]);
  const shown = { vertices: [vertex("a", { box: box(100, 100) }), vertex("b", { box: box(150, 100), first: 2 })] };
  const by = (step) => (place) => shown.vertices[place].first <= step;
  assert.equal(under(shown, camera, by(0), [100, 100]), 0);
  assert.equal(under(shown, camera, by(0), camera.toPixel(150, 100)), -1);
  assert.equal(under(shown, camera, by(2), camera.toPixel(150, 100)), 1);
});

test("a box is described with what a step shows of it", () => {
  const words = { operation: "operation", walked_value: "{box}: {value}", walked_gradient: "{box}: {value}, {gradient}" };
  const card = { name: "b", node: "result", call: "a + 1", value: "[3, 4]", kind: "card", row: true, first: 2 };
  assert.equal(describe(card, 1, "", words), "b, result"); // its value is not reached yet
  assert.equal(describe(card, 2, "", words), "b, result: [3, 4]");
  assert.equal(describe(card, 7, "[6, 8]", words), "b, result: [3, 4], [6, 8]");
  const disc = { ...card, kind: "disc", row: false };
  assert.equal(describe(disc, 7, "", words), "a + 1, operation");
  assert.equal(describe({ ...disc, call: "" }, 7, "", words), "b, operation");
});
