// The pieces of a sentence that stay on one line.

import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces } from "../../assets/stage/sentence.js";

const whole = (text) => pieces(text).filter((_, place) => place % 2);

test("a ratio and a few numbers in brackets are not broken", () => {
  assert.deepEqual(whole("receives ∂obj/∂c = [6, 8], and sends [0.5, -1e-5]."), ["∂obj/∂c", "[6, 8]", "[0.5, -1e-5]"]);
  assert.deepEqual(whole("[[1, 2], [3, 4]]"), ["[1, 2]", "[3, 4]"]);
});

test("nothing of a text is lost, and a long row of numbers can be broken", () => {
  const text = `x is [${Array.from({ length: 20 }, (_, k) => k).join(", ")}], y is [1].`;
  assert.deepEqual(whole(text), ["[1]"]);
  assert.equal(pieces(text).join(""), text);
});
