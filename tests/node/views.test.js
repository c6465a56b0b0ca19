// Pictures made for an operation: which elements a place is made of, and sums as they are read.

import assert from "node:assert/strict";
import { test } from "node:test";

import { runs, sum, under } from "../../assets/stage/views.js";

const plain = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] };

test("a place is under its kernel's first number, shifted by stride, dilation and padding", () => {
  assert.deepEqual(under([5, 5], [2, 1], [0, 2], plain), [2, 3]);
  assert.deepEqual(under([5, 5], [1, 1], [1, 0], { ...plain, stride: [2, 3] }), [3, 3]);
  assert.deepEqual(under([5, 5], [0, 0], [2, 1], { ...plain, dilation: [2, 2] }), [4, 2]);
  assert.deepEqual(under([5, 5], [0, 0], [1, 1], { ...plain, padding: [1, 1] }), [0, 0]);
});

test("what lies in the padding is no element", () => {
  assert.equal(under([5, 5], [0, 0], [0, 1], { ...plain, padding: [1, 1] }), null);
  assert.equal(under([5, 5], [4, 4], [1, 0], plain), null);
});

test("a sum puts negative numbers in brackets, and cuts long ones", () => {
  assert.equal(sum([["1", "2"], ["-1", "0.5"]], "… {count} more"), "1·2 + (−1)·0.5");
  assert.equal(sum([["1", "2"]], "… {count} more", "-3"), "1·2 + (−3)");
  assert.equal(sum(Array(9).fill(["1", "2"]), "… {count} more"), `${Array(6).fill("1·2").join(" + ")} + … 3 more`);
  assert.equal(sum([], ""), "0");
});

test("squares of one class that stand in a row are one rectangle, and fill the plane", () => {
  const found = runs("0011" + "1111" + "0101" + "2222", 4);
  assert.deepEqual(found.slice(0, 3), [["0", 0, 0, 2], ["1", 2, 0, 2], ["1", 0, 1, 4]]);
  assert.equal(found.reduce((sum, [, , , columns]) => sum + columns, 0), 16);
});
