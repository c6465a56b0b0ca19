import assert from "node:assert/strict";
import { test } from "node:test";

import { parts } from "../../assets/page/question.js";
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
