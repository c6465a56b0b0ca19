// An answer to a predicted gradient: its numbers, and the hints they give.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judge, read } from "../../assets/stage/judge.js";

const question = (numbers, slips = [], kind = "send") => ({ kind, numbers, slips });

test("numbers are read with any brackets", () => {
  assert.deepEqual(read("[[1, 2], [3, -4]]"), [1, 2, 3, -4]);
  assert.deepEqual(read(" tensor "), null);
  assert.deepEqual(read("1; 2e-1 .5"), [1, 0.2, 0.5]);
  assert.deepEqual(read("−3"), [-3], "a minus as the page writes it");
});

test("any other text is not an answer", () => {
  for (const text of ["", "1 + 1", "nan", "1,,2x", "0x10"]) assert.equal(read(text), null);
});

test("three digits are enough", () => {
  assert.deepEqual(judge([0.333], question([1 / 3])), ["right", {}]);
  assert.deepEqual(judge([0.34], question([1 / 3])), ["wrong_send", {}]);
  assert.deepEqual(judge([0], question([0])), ["right", {}]);
});

test("a wrong count of numbers is reported first", () => {
  assert.deepEqual(judge([1], question([1, 1])), ["size", { count: 2 }]);
});

test("a known mistake is named, the likeliest first", () => {
  const slips = [{ key: "local", numbers: [2] }, { key: "sign", numbers: [-6] }];
  assert.deepEqual(judge([2], question([6], slips)), ["local", {}]);
  assert.deepEqual(judge([-6], question([6], slips)), ["sign", {}]);
});

test("a factor is found in both directions, but not between zeros", () => {
  assert.deepEqual(judge([1, 2], question([3, 6])), ["small", { factor: 3 }]);
  assert.deepEqual(judge([6, 12], question([3, 6])), ["large", { factor: 2 }]);
  assert.deepEqual(judge([5, 5], question([0, 0])), ["wrong_send", {}]);
});

test("right numbers are counted; with none, the hint follows the kind of question", () => {
  assert.deepEqual(judge([1, 9, 3], question([1, 2, 3])), ["some", { right: 2, count: 3 }]);
  assert.deepEqual(judge([50], question([7], [], "grad")), ["wrong_grad", {}]);
});
