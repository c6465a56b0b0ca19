// Travelling numbers: where they are, and what they are, at each part of their way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { progress } from "../../assets/stage/flights.js";
import { isFree } from "../../assets/stage/keyboard.js";

const back = { before: 3, after: 4, late: false };

test("a gradient changes at its operation, and neither before nor elsewhere", () => {
  let before = 0;
  for (let part = 0; part <= 1; part += 0.01) {
    const { along, changed } = progress(part, back, 0.4, false);
    assert.ok(along >= before, "it never turns back");
    assert.equal(changed, along > 0.4 || part >= 0.56);
    before = along;
  }
  assert.equal(progress(1, back, 0.4, false).along, 1);
  assert.deepEqual(progress(0.5, back, 0.4, false), { along: 0.4, changed: false, seen: true });
});

test("one that stays what it is does not rest on its way", () => {
  const same = { before: 3, after: 3, late: false };
  assert.ok(progress(0.46, same, 0.4, false).along < progress(0.5, same, 0.4, false).along);
});

test("a result sets off once the operands are there", () => {
  const operand = { before: 1, after: -1, late: false };
  const result = { before: -1, after: 2, late: true };
  assert.equal(progress(0.5, operand, 0.5, true).along, 1);
  assert.deepEqual(progress(0.4, result, 0.5, true), { along: 0, changed: true, seen: false });
  assert.equal(progress(0.6, operand, 0.5, true).seen, false);
  assert.equal(progress(1, result, 0.5, true).along, 1);
});

test("a clicker's keys are the picture's everywhere but where one writes or chooses", () => {
  const on = (tagName, type, own = false) => ({ tagName, type, isContentEditable: false, closest: () => own || null });
  const key = (name) => ({ key: name, code: name });
  assert.equal(isFree(key("PageDown"), on("BODY")), true);
  assert.equal(isFree(key(" "), on("BODY")), true);
  assert.equal(isFree(key("PageDown"), on("BUTTON", "button", true)), true);
  assert.equal(isFree(key(" "), on("BUTTON", "button", true)), false);
  assert.equal(isFree(key("PageDown"), on("TEXTAREA")), false);
  assert.equal(isFree(key("PageDown"), on("INPUT", "text")), false);
  assert.equal(isFree(key("PageDown"), { ...on("DIV"), isContentEditable: true }), false);
});
