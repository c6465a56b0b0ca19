// Only one change of the text is in flight at a time, whichever panel requests it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { createGate } from "../../assets/page/gate.js";

beforeEach(() => {
  globalThis.window = new EventTarget();
  globalThis.document = { documentElement: { dataset: {} } };
});

const at = (revision, more = {}) => ({ session: "one", revision, run: revision, ...more });

function panels() {
  const asked = [];
  const [program, inputs] = ["program", "inputs"].map((name) => createGate(name, () => asked.push(name)));
  for (const gate of [program, inputs]) gate.know(at(1), false);
  asked.length = 0;
  return { asked, program, inputs };
}

test("the first panel to ask may send until its answer arrives", () => {
  const { program, inputs } = panels();
  assert.equal(program.take(), true);
  assert.equal(inputs.take(), false);
  assert.equal(program.take(), true, "and may ask for more meanwhile");
  program.know(at(2), true);
  inputs.know(at(2), false);
  assert.equal(inputs.take(), true);
});

test("a waiting panel is called when no request is in flight", () => {
  const { asked, program, inputs } = panels();
  program.take();
  inputs.take();
  inputs.know(at(2), false);
  assert.deepEqual(asked, []);
  program.know(at(2), true);
  assert.ok(asked.includes("inputs"));
});

test("a panel without the answer's text may not ask yet", () => {
  const { program, inputs } = panels();
  program.take();
  program.know(at(2), true);
  assert.equal(inputs.take(), false, "it would be a change of the text before");
  inputs.know(at(2), false);
  assert.equal(inputs.take(), true);
});

test("the data of an overtaken rerun does not free a panel", () => {
  const { program, inputs } = panels();
  program.take();
  program.know(at(3), true);
  inputs.know(at(2), false);
  assert.equal(inputs.take(), false);
});

test("a new session starts with no request in flight", () => {
  const { program, inputs } = panels();
  program.take();
  program.know(at(7), true);
  for (const gate of [program, inputs]) gate.know(at(1, { session: "two" }), false);
  assert.equal(inputs.take(), true);
});

test("a panel that ends lets others send", () => {
  const { program, inputs } = panels();
  program.take();
  program.end();
  assert.equal(inputs.take(), true);
});
