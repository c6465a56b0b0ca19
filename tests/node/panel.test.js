// What is sent alone leaves before the next message is begun.

import assert from "node:assert/strict";
import test from "node:test";

import { alone } from "../../assets/page/panel.js";

test("messages of one tick leave one by one, each with its own timer", async () => {
  globalThis.window = /** @type {any} */ ({});
  /** @type {string[]} */
  const order = [];
  // Streamlit sends at its next timer.
  const send = (/** @type {string} */ name) => () => {
    order.push(name);
    setTimeout(() => order.push(`${name} left`));
  };
  alone(send("open"));
  alone(() => { throw new Error("a panel that has gone"); });
  alone(send("row"));
  assert.deepEqual(order, []);
  await new Promise((done) => { setTimeout(done); });
  await new Promise((done) => { setTimeout(done); });
  await new Promise((done) => { setTimeout(done); });
  assert.deepEqual(order, ["open", "open left", "row", "row left"]);
  delete (/** @type {any} */ (globalThis).window);
});
