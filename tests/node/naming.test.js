// Names of boxes that are seen from afar.

import assert from "node:assert/strict";
import { test } from "node:test";

import { brief, settle } from "../../assets/stage/naming.js";

test("a dotted name is cut to its end, as far as that can be read", () => {
  assert.equal(brief("lstm.weight_hh_l0"), "weight_hh_l0");
  assert.equal(brief("encoder.layers.bias"), "bias");
  assert.equal(brief("a.b"), "a.b");
  assert.equal(brief("▸ model.encoder"), "▸ encoder");
});

test("a name without dots stays unchanged", () => {
  for (const text of ["x", "x + 1.5", "model.weight * 2", "net[0].bias", "", "▸ turn 3"]) assert.equal(brief(text), text);
});

function settled(text, width) {
  const properties = new Map();
  const made = { style: { setProperty: (name, value) => properties.set(name, value) }, getAttribute: () => "20" };
  settle(made, text, 10, 0.6, { y: 50, body_width: width });
  return { fit: Number(properties.get("--viz-fit")), middle: properties.get("--viz-middle") };
}

test("a short name grows to fill its box, a long one shrinks, both within limits", () => {
  assert.equal(settled("x", 500).fit, 2.2);
  assert.equal(settled("a_rather_long_name_of_a_tensor", 40).fit, 0.7);
  assert.ok(settled("weight", 60).fit > settled("weight_hh", 60).fit);
});

test("a character of full width takes the room of two", () => {
  assert.equal(settled("가중치", 60).fit, settled("weight", 60).fit);
});

test("it moves to the middle of its box", () => {
  assert.equal(settled("x", 100).middle, "30.0px");
});
