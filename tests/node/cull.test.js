// Elements far out of view are removed from the layout, and come back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createCull } from "../../assets/stage/cull.js";

const path = (x, y) => ({ style: { display: "" }, getAttribute: (name) => (name === "d" ? `M${x},${y}L${x + 10},${y + 10}` : null) });
const text = (x, y) => ({ style: { display: "" }, getAttribute: (name) => ({ x, y })[name] ?? null });
const view = (x) => ({ x, y: 50, width: 200, height: 100, scale: 1 });
const seen = (elements) => elements.map(({ style }) => style.display === "");
const box = (x, width) => ({ box: { x, y: 50, body_width: width, body_height: 40 } });

test("only what is near the view is in the layout", () => {
  const camera = view(100);
  const cull = createCull(camera);
  const elements = [path(0, 50), path(290, 50), path(310, 50), path(5000, 50)];
  cull.open(elements, [-1, -1, -1, -1], []);
  cull.look();
  assert.deepEqual(seen(elements), [true, true, false, false]);
  camera.x = 5000;
  cull.look();
  assert.deepEqual(seen(elements), [false, false, false, true]);
});

test("a small move of the view changes nothing", () => {
  const camera = view(100);
  const cull = createCull(camera);
  const elements = [path(310, 50)];
  cull.open(elements, [-1], []);
  cull.look();
  camera.x = 130;
  cull.look();
  assert.deepEqual(seen(elements), [false]);
  camera.x = 160;
  cull.look();
  assert.deepEqual(seen(elements), [true]);
});

test("what comes back is reported, and all that is in the layout can be visited", () => {
  const camera = view(100);
  const returned = [];
  const visited = [];
  const cull = createCull(camera, (place) => returned.push(place));
  cull.open([path(0, 50), path(600, 50)], [-1, -1], []);
  cull.look();
  cull.each((place) => visited.push(place));
  assert.deepEqual([returned, visited], [[], [0]]);
  camera.scale = 0.2;
  cull.look();
  cull.each((place) => visited.push(place));
  assert.deepEqual([returned, visited], [[1], [0, 0, 1]]);
});

test("zooming out adds elements that are then near", () => {
  const camera = view(100);
  const cull = createCull(camera);
  const elements = [path(600, 50)];
  cull.open(elements, [-1], []);
  cull.look();
  assert.deepEqual(seen(elements), [false]);
  camera.scale = 0.2;
  cull.look();
  assert.deepEqual(seen(elements), [true]);
});

test("a text reaches as far as the box it belongs to", () => {
  const cull = createCull(view(100));
  const elements = [text(400, 50), text(400, 50)];
  cull.open(elements, [0, -1], [box(400, 300)]);
  cull.look();
  assert.deepEqual(seen(elements), [true, false]);
});

test("a gliding element is visible on its whole way", () => {
  const cull = createCull(view(100));
  const elements = [path(900, 50)];
  cull.open(elements, [0], [box(900, 10)]);
  cull.look();
  assert.deepEqual(seen(elements), [false]);
  cull.glide([[-800, 0]]);
  assert.deepEqual(seen(elements), [true]);
  cull.glide(null);
  assert.deepEqual(seen(elements), [false]);
});
