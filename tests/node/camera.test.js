// The camera: the visible part of a picture, and its scale.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SMALLEST, createCamera } from "../../assets/stage/camera.js";

function camera({ width = 800, height = 400, picture = { width: 400, height: 200 } } = {}) {
  return Object.assign(createCamera(), { width, height, picture });
}

const near = (found, wanted) => assert.ok(Math.abs(found - wanted) < 1e-9, `${found} is not ${wanted}`);

test("a small picture is fitted as a whole, in the middle, and not blown up without limit", () => {
  const it = camera({ picture: { width: 40, height: 20 } });
  it.fit();
  assert.equal(it.scale, 1.25);
  assert.deepEqual([it.x, it.y], [20, 10]);
  assert.equal(it.encoded(), null);
});

test("a picture too large to read as a whole is shown at a readable scale, or as a whole on request", () => {
  const it = camera({ picture: { width: 10_000, height: 200 } });
  it.fit();
  assert.ok(it.scale >= SMALLEST);
  it.fit(true);
  assert.ok(it.scale < SMALLEST);
  near(it.scale, it.fitScale());
});

test("pixels and places of the picture convert into each other", () => {
  const it = camera();
  it.apply([0.8, 120, 70]);
  const [x, y] = it.toPicture(...it.toPixel(33, 44));
  near(x, 33);
  near(y, 44);
});

test("zooming keeps the point under the pointer, within limits", () => {
  const it = camera();
  it.fit();
  const before = it.toPicture(600, 100);
  it.zoom(1.5, 600, 100);
  it.toPicture(600, 100).forEach((each, axis) => near(each, before[axis]));
  assert.equal(it.fitted, false);
  for (let turn = 0; turn < 30; turn += 1) it.zoom(2);
  assert.equal(it.scale, 4);
  for (let turn = 0; turn < 30; turn += 1) it.zoom(0.5);
  near(it.scale, SMALLEST / 2);
});

test("a drag moves the picture by as many pixels, never beyond its edges", () => {
  const it = camera();
  it.apply([2, 200, 100]);
  it.pan(20, -10);
  assert.deepEqual([it.x, it.y], [190, 105]);
  it.pan(1e6, 1e6);
  assert.deepEqual([it.x, it.y], [0, 0]);
});

test("following moves the view no further than needed to show a box", () => {
  const it = camera({ picture: { width: 5000, height: 200 } });
  it.fit();
  it.x = 500;
  const before = it.x;
  it.follow({ left: 450, top: 90, right: 550, bottom: 110 });
  assert.equal(it.x, before);
  it.follow({ left: 3000, top: 90, right: 3100, bottom: 110 });
  const [left] = it.toPixel(3000, 100);
  const [right] = it.toPixel(3100, 100);
  assert.ok(left >= 0 && right <= it.width);
  assert.ok(it.x < 3050, "from the left it stops as soon as the box is in sight");
});

test("a box wider than the frame is shown in its middle", () => {
  const it = camera({ width: 100, picture: { width: 5000, height: 200 } });
  it.apply([1, 0, 100]);
  it.follow({ left: 1000, top: 90, right: 2000, bottom: 110 });
  assert.equal(it.x, 1500);
});

test("at most a quarter of the frame is left empty", () => {
  const it = camera({ picture: { width: 5000, height: 3000 } });
  it.apply([1, -1000, 9000]);
  it.rein();
  assert.deepEqual([it.x, it.y], [200, 2900]);
});

test("a link stores the view and restores it", () => {
  const [one, two] = [camera(), camera()];
  one.apply([0.75, 12, -3]);
  assert.equal(one.encoded(), "0.75_12_-3");
  two.apply(one.encoded().split("_").map(Number));
  assert.deepEqual([two.scale, two.x, two.y], [one.scale, one.x, one.y]);
});

test("a projector's picture is larger", () => {
  const [plain, class_] = [camera(), camera()];
  class_.projected = true;
  plain.fit();
  class_.fit();
  assert.ok(class_.scale > plain.scale);
});

test("the requested height of the frame stays within its limits", () => {
  for (const height of [10, 300, 5000]) {
    const it = camera({ picture: { width: 900, height } });
    const frame = it.preferredHeight(800, 500);
    assert.ok(frame <= 500 && frame >= 240, `${frame}`);
  }
});

test("a step that is too large for the usual scale shrinks the view, for as long as it lasts", () => {
  const focus = (left, right) => ({ left, top: 0, right, bottom: 100 });
  const frames = [{ focus: focus(0, 300) }, { focus: focus(0, 1500) }];
  const it = camera({ picture: { width: 3000, height: 200, frames } });
  it.fit();
  const usual = it.scale;
  it.step(frames[1].focus, frames[1].focus);
  assert.ok(it.scale < usual);
  const [left] = it.toPixel(0, 0);
  const [right] = it.toPixel(1500, 0);
  assert.ok(left >= 0 && right <= 800, `${left} to ${right}`);
  it.step(frames[0].focus, frames[0].focus);
  assert.equal(it.scale, usual);
});

test("a view in which a group has kept its place shows each step wholly, too", () => {
  const focus = (left, right) => ({ left, top: 0, right, bottom: 100 });
  const it = camera({ picture: { width: 3000, height: 200, frames: [{ focus: focus(0, 300) }] } });
  it.fit();
  const usual = it.scale;
  it.x = 2000;
  it.keep();
  assert.equal(it.fitted, false);
  it.step(focus(0, 1500), focus(1400, 1500));
  assert.ok(it.toPixel(0, 0)[0] >= 0 && it.toPixel(1500, 0)[0] <= 800);
  it.step(focus(0, 300), focus(0, 300));
  assert.equal(it.scale, usual);
  it.zoom(2); // from now on it is the visitor's
  it.step(focus(0, 1500), focus(1400, 1500));
  assert.equal(it.scale, usual * 2);
});

test("a view that the visitor chose keeps its scale, and shows at least the step's own box", () => {
  const it = camera({ picture: { width: 3000, height: 200 } });
  it.apply([2, 100, 100]);
  it.step({ left: 0, top: 0, right: 1500, bottom: 100 }, { left: 1400, top: 0, right: 1500, bottom: 100 });
  assert.equal(it.scale, 2);
  assert.ok(it.toPixel(1400, 0)[0] >= 0 && it.toPixel(1500, 0)[0] <= 800);
});

test("one step that shows much leaves the others as large as they were", () => {
  const focus = (right) => ({ focus: { left: 0, top: 0, right, bottom: 100 } });
  const it = camera({ picture: { width: 3000, height: 200, frames: [focus(300), focus(1000), focus(3000)] } });
  it.fit();
  it.step(it.picture.frames[1].focus, it.picture.frames[1].focus);
  const [middle] = [it.scale];
  assert.ok(middle > 0.6 && middle < 0.85);
  it.step(it.picture.frames[2].focus, it.picture.frames[2].focus);
  assert.ok(it.scale < 0.3);
  it.step(it.picture.frames[0].focus, it.picture.frames[0].focus);
  assert.equal(it.scale, middle, "the scale does not change from step to step where one fits all");
});

test("a few steps that would shrink the view do not: they alone are shown smaller", () => {
  const focus = (right) => ({ focus: { left: 0, top: 0, right, bottom: 100 } });
  const usual = (large) => {
    const frames = Array.from({ length: 20 }, (_, place) => focus(place < large ? 1200 : 300));
    const it = camera({ picture: { width: 3000, height: 200, frames } });
    it.fit();
    it.step(frames[0].focus, frames[0].focus);
    const shown = it.scale;
    it.step(frames[19].focus, frames[19].focus);
    return [shown, it.scale];
  };
  const [large, others] = usual(3);
  assert.equal(others, 0.85);
  assert.ok(large < others);
  const [fourth, all] = usual(4);
  assert.equal(fourth, large);
  assert.equal(all, large, "where more need it, the scale stays the same from step to step");
});

test("rows are as wide as they can be read in the frame", () => {
  const rows = [500, 870, 932, 1080, 1440];
  const found = (width, more = {}) => Object.assign(camera({ width }), more).row(rows);
  assert.deepEqual([334, 364, 658, 949, 1280].map((width) => found(width)), [500, 500, 870, 1080, 1440]);
  assert.deepEqual([1024, 1280, 1920].map((width) => found(width, { presented: true })), [932, 932, 932]);
  assert.equal(found(949, { projected: true }), 932);
});
