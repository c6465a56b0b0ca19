// A panel lives as long as its last mount; what is sent alone leaves before the next message is begun.

import assert from "node:assert/strict";
import test from "node:test";

import { alone, mount } from "../../assets/page/panel.js";
import showTheme from "../../assets/page/theme.js";

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

test("a mount that newer data has overtaken does not end the panel", () => {
  /** @type {string[]} */
  const heard = [];
  const root = {};
  const parentElement = /** @type {any} */ ({ querySelector: () => root });
  const show = mount(".panel", () => ({
    update: (/** @type {string} */ data) => heard.push(data),
    end: () => heard.push("end"),
  }));
  const given = { parentElement, setStateValue() {}, setTriggerValue() {} };
  const endFirst = show({ ...given, data: "first" });
  const endSecond = show({ ...given, data: "second" });
  endFirst(); // as Streamlit does when the second came before the first had returned
  show({ ...given, data: "third" })();
  assert.deepEqual(heard, ["first", "second", "third", "end"]);
  endSecond(); // it has ended
  assert.equal(heard.length, 4);
  show({ ...given, data: "anew" })();
  assert.deepEqual(heard.slice(4), ["anew", "end"]);
});

test("what two panels send in one tick leaves in two messages", async () => {
  globalThis.window = /** @type {any} */ ({});
  /** @type {string[][]} */
  const messages = [];
  /** @type {string[]} */
  let begun = [];
  // As Streamlit does: what is sent until its next timer is one message.
  const setStateValue = (/** @type {string} */ name) => {
    if (begun.push(name) > 1) return;
    setTimeout(() => { messages.push(begun); begun = []; });
  };
  const sends = ["request", "ask"].map((name) => {
    const parentElement = /** @type {any} */ ({ querySelector: () => root });
    const root = {};
    /** @type {() => void} */
    let send = () => {};
    const show = mount(".panel", (_, component) => {
      send = () => component.setStateValue(name, 1);
      return { update() {}, end() {} };
    });
    show({ parentElement, setStateValue, setTriggerValue() {}, data: null });
    return send;
  });
  for (const send of sends) send();
  for (let turns = 0; turns < 4; turns += 1) await new Promise((done) => { setTimeout(done); });
  assert.deepEqual(messages, [["request"], ["ask"]]);
  delete (/** @type {any} */ (globalThis).window);
});

test("the system's new theme leaves in a message of its own", async () => {
  /** @type {() => void} */
  let change = () => {};
  const system = { matches: true, addEventListener: (/** @type {string} */ _, /** @type {() => void} */ follow) => { change = follow; } };
  const page = /** @type {any} */ (globalThis);
  page.window = {};
  page.matchMedia = () => system;
  const button = { setAttribute() {}, closest: () => null };
  /** @type {unknown[]} */
  const sent = [];
  showTheme(/** @type {any} */ ({
    data: { theme: "light", label: "Dark theme" },
    parentElement: { querySelector: () => button },
    setTriggerValue: (/** @type {string} */ name, /** @type {unknown} */ value) => sent.push([name, value]),
  }));
  /** @type {() => void} */
  let leave = () => {};
  page.window.vizSending = new Promise((left) => { leave = () => left(undefined); }); // another panel's message
  const before = page.window.vizSending;
  change();
  while (sent.length === 0 && page.window.vizSending === before) await new Promise((done) => { setTimeout(done); });
  assert.deepEqual(sent, []);
  leave();
  await page.window.vizSending;
  assert.deepEqual(sent, [["system", true]]);
  delete page.window;
  delete page.matchMedia;
});
