import assert from "node:assert/strict";
import { test } from "node:test";

import { mistake, parts } from "../../assets/page/question.js";
import { followed } from "../../assets/page/room.js";

test("whoever follows keeps language, theme and room, and takes program and step", () => {
  assert.equal(
    followed("?lesson=chain&code=abc&groups=0a1b2c3d&lang=ko&step=3&node=4.0&room=ABCDEF&embed_options=dark_theme", "lesson=fan-out", 7),
    "?lesson=fan-out&step=7&lang=ko&room=ABCDEF&embed_options=dark_theme");
  assert.equal(followed("?room=ABCDEF", "lesson=fan-out&groups=0a1b2c3d", null), "?lesson=fan-out&groups=0a1b2c3d&room=ABCDEF");
});

test("each answer has its part of all answers", () => {
  assert.deepEqual(parts([{ answer: "6", count: 3 }, { answer: "1", count: 1 }]).map(({ part }) => part), [0.75, 0.25]);
  assert.deepEqual(parts([{ answer: "up", count: 0 }]).map(({ part }) => part), [0], "nobody has answered");
});

test("an answer is named by what it shows", () => {
  const question = { kind: "send", numbers: [6, 8], slips: [
    { key: "upstream", numbers: [1, 1] }, { key: "local", numbers: [3, 4] }, { key: "sign", numbers: [-6, -8] }] };
  const named = (answer) => mistake(answer, question);
  assert.equal(named("6, 8"), "kind_right");
  assert.equal(named("[6.01, 8]"), "kind_right");
  assert.equal(named("6.4, 8"), "kind_near");
  assert.equal(named("1, 1"), "kind_local");
  assert.equal(named("3, 4"), "kind_upstream", "a known mistake before a factor");
  assert.equal(named("-6, -8"), "kind_sign");
  assert.equal(named("12, 16"), "kind_factor");
  for (const other of ["6", "6, 1", "six", ""]) assert.equal(named(other), "", other);
  assert.equal(mistake("1", { kind: "grad", numbers: [3], slips: [{ key: "path", numbers: [1] }] }), "kind_add");
});
