import assert from "node:assert/strict";
import { test } from "node:test";

import { followed } from "../../assets/page/room.js";

test("whoever follows keeps language, theme and room, and takes program and step", () => {
  assert.equal(
    followed("?lesson=chain&code=abc&groups=0a1b2c3d&lang=ko&step=3&node=4.0&room=ABCDEF&embed_options=dark_theme", "lesson=fan-out", 7),
    "?lesson=fan-out&step=7&lang=ko&room=ABCDEF&embed_options=dark_theme");
  assert.equal(followed("?room=ABCDEF", "lesson=fan-out&groups=0a1b2c3d", null), "?lesson=fan-out&groups=0a1b2c3d&room=ABCDEF");
});
