// The server's change and the visitor's, made to one text at the same time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { difference } from "../../assets/program/editor/difference.js";
import { merge } from "../../assets/program/merge.js";

const BASE = "a = 1.\nb = 2.\nc = a * b\n";

test("the difference is the part between the common ends", () => {
  assert.deepEqual(difference("one two three", "one 2 three"), { from: 4, to: 7, insert: "2" });
  assert.deepEqual(difference("aaa", "aa"), { from: 2, to: 3, insert: "" });
  assert.deepEqual(difference("same", "same"), { from: 4, to: 4, insert: "" });
});

test("the difference applied to one text gives the other", () => {
  for (const [before, after] of [["abab", "ab"], ["", "x"], ["x", ""], ["aXbXc", "aYbYc"], ["한글", "한 글"]]) {
    const { from, to, insert } = difference(before, after);
    assert.equal(before.slice(0, from) + insert + before.slice(to), after);
  }
});

test("a text that nobody typed in is replaced", () => {
  assert.equal(merge(BASE, "new", BASE), "new");
});

test("changes of two places are both kept, whichever comes first", () => {
  const [first, last] = [BASE.replace("1.", "10."), BASE.replace("a * b", "a + b")];
  const both = "a = 10.\nb = 2.\nc = a + b\n";
  assert.equal(merge(BASE, first, last), both);
  assert.equal(merge(BASE, last, first), both);
});

test("if both changed the same place, the visitor's text stays", () => {
  const [theirs, ours] = [BASE.replace("2.", "3.5"), BASE.replace("2.", "25.")];
  assert.equal(merge(BASE, theirs, ours), ours);
});

test("touching changes count as one place: a number is never made of both", () => {
  const [theirs, ours] = [BASE.replace("2.", "3."), BASE.replace("2.", "25.5")];
  assert.equal(merge(BASE, theirs, ours), ours);
  assert.equal(merge(BASE, ours, theirs), theirs);
});

test("text typed at the end stays after a change at the beginning", () => {
  assert.equal(merge(BASE, BASE.replace("1.", "0.5"), `${BASE}d`), `${BASE.replace("1.", "0.5")}d`);
});
