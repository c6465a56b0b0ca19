// The inputs and operations of the program: each change is a wish, the server rewrites the text.
//
// In:  data.inputs, data.calls (rows), data.revision (of the text they belong to), data.live (false
//      while the picture is of another text), data.answered (the last wish that was dealt with),
//      data.undo, data.redo (what they would take back), data.labels.
// Out: state "wish" = {id, base, kind, ...}. One wish is under way at most; while it is, only the
//      newest other one is kept, so that a drag drops what is old instead of queueing it.

import { element } from "../page/element.js";
import { fill, operationRow, operationsStructure } from "./operations.js";

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const PIXELS = 6; // of a drag for one step
const SLACK = 3; // px that a click may move

// The step adapts to the number: whole numbers go by 1, others by a tenth of their leading digit.
function stepOf(text) {
  if (/^[+-]?\d+$/.test(text)) return 1;
  const size = Math.abs(Number(text));
  return size === 0 ? 0.1 : 10 ** (Math.floor(Math.log10(size)) - 1);
}

// A moved number in the notation it had: `2.` moves to `2.1` and on to `3.`.
function moved(text, steps) {
  const step = stepOf(text);
  const value = Number(text) + steps * step;
  if (/^[+-]?\d+$/.test(text)) return String(Math.round(value));
  const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(step))));
  const written = String(Number(value.toFixed(digits)));
  if (written.includes(".") || written.includes("e")) return written;
  return text.endsWith(".") ? `${written}.` : `${written}.0`;
}

function createPanel(root) {
  let data = null;
  let send = null;
  let built = null; // the structure that the rows were built for
  let under = null; // id of the wish under way
  let next = null; // the newest wish that waits
  let ids = Date.now();
  let drags = ids;
  let shows = []; // what brings the rows up to date without building them anew
  let held = null; // the field that is being dragged

  function want(wish) {
    if (under !== null) { next = wish; return; }
    under = ++ids;
    send("wish", { id: under, base: data.revision, ...wish });
  }

  function field(parent, label, at, index, textOf) {
    const input = element("input", "", parent);
    input.type = "text";
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.setAttribute("role", "spinbutton");
    input.setAttribute("aria-label", label);
    input.title = data.labels.drag;
    let shown = "";
    let start = null;

    function set(text, drag = null) {
      input.value = text;
      input.setAttribute("aria-valuenow", String(Number(text)));
      want({ kind: "number", at, index, text, drag });
    }
    function commit() {
      const text = input.value.trim();
      const valid = NUMBER.test(text) && text.length <= 32;
      input.setAttribute("aria-invalid", String(!valid));
      if (valid && text !== shown) set(text);
    }
    input.addEventListener("change", commit);
    input.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      if (steps && NUMBER.test(input.value)) {
        event.preventDefault();
        set(moved(input.value, steps));
      } else if (event.key === "Enter") commit();
      else if (event.key === "Escape") { input.value = shown; input.setAttribute("aria-invalid", "false"); }
    });
    input.addEventListener("pointerdown", (event) => {
      if (event.button || input.disabled) return;
      start = { x: event.clientX, text: shown, steps: 0, drag: null };
      input.setPointerCapture(event.pointerId);
    });
    input.addEventListener("pointermove", (event) => {
      if (!start) return;
      const far = event.clientX - start.x;
      if (start.drag === null && Math.abs(far) <= SLACK) return;
      start.drag ??= ++drags;
      held = input;
      const steps = Math.round(far / PIXELS);
      if (steps === start.steps) return;
      start.steps = steps;
      set(moved(start.text, steps), start.drag);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      input.addEventListener(end, () => {
        if (start?.drag != null) input.blur();
        start = held = null;
      });
    }
    shows.push(() => {
      input.disabled = !data.live && held !== input && under === null;
      const typing = document.activeElement === input && input.value !== shown;
      shown = textOf();
      // What is being dragged or typed, or waits to be sent, is newer than what came back.
      if (held === input || typing || under !== null) return;
      input.value = shown;
      input.setAttribute("aria-valuenow", String(Number(shown)));
      input.setAttribute("aria-invalid", "false");
    });
    return input;
  }

  function button(parent, text, label, act) {
    const made = element("button", "", parent, text);
    made.type = "button";
    made.title = label;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  function inputRow(place) {
    const row = data.inputs[place];
    const words = data.labels;
    const line = element("div", "viz-inputs-row", root);
    element("span", "viz-inputs-name", line, row.name).title = row.name;
    const name = row.name || words.unnamed;
    const grid = element("div", "viz-inputs-grid", line);
    let count = 0;
    for (const [down, texts] of row.fields.entries()) {
      const cells = element("div", "viz-inputs-line", grid);
      for (const [across] of texts.entries()) {
        const index = row.shape.length === 2 ? [down, across] : row.shape.length === 1 ? [across] : [];
        count += 1;
        const label = row.shape.length ? fill(words.field, { name, place: index.map((each) => each + 1).join(", ") }) : name;
        field(cells, label, row.at, index, () => data.inputs[place].fields[down][across]);
      }
    }
    const total = row.shape.reduce((product, side) => product * side, 1);
    if (!count && row.shape.length) element("span", "viz-inputs-note", grid, fill(words.in_text, { count: total }));
    if (count && (row.kind === "vector" || row.kind === "matrix")) {
      const sizes = element("div", "viz-inputs-line", line);
      const grow = (axis, by) => () => {
        const index = row.shape.map((side, at) => side + (at === axis ? by : 0));
        if (Math.min(...index) > 0) want({ kind: "shape", at: row.at, index });
      };
      button(sizes, "−", fill(words.shorter, { name }), grow(0, -1));
      button(sizes, "+", fill(words.longer, { name }), grow(0, 1));
      if (row.kind === "matrix") {
        button(sizes, "⇤", fill(words.narrower, { name }), grow(1, -1));
        button(sizes, "⇥", fill(words.wider, { name }), grow(1, 1));
      }
    }
    if (row.kind === "seed") button(line, "⚄", words.roll, () => want({ kind: "seed", at: row.at }));
    if (row.switch) {
      const label = element("label", "", line);
      const box = element("input", "", label);
      box.type = "checkbox";
      box.setAttribute("aria-label", fill(words.switch, { name }));
      label.append("requires_grad");
      box.addEventListener("change", () => want({ kind: "switch", at: row.switch.at, on: box.checked }));
      shows.push(() => { if (under === null) box.checked = data.inputs[place].switch.on; });
    }
  }

  // What the rows of operations.js need of this panel.
  const panel = {
    root, want, field, button,
    get data() { return data; },
    get waiting() { return under !== null; },
    whenShown(act) { shows.push(act); },
  };

  function build() {
    const words = data.labels;
    shows = [];
    root.replaceChildren();
    const head = element("header", "", root);
    element("h2", "viz-label", head, words.inputs);
    for (const [kind, sign] of [["undo", "↶"], ["redo", "↷"]]) {
      const made = button(head, sign, words[kind], () => want({ kind }));
      shows.push(() => {
        made.disabled = !data[kind];
        made.title = data[kind] ? fill(words[`${kind}_what`], { what: data[kind] }) : words[kind];
      });
    }
    data.inputs.forEach((_, place) => inputRow(place));
    if (data.calls.length) element("h2", "viz-label viz-operations", root, words.operations);
    data.calls.forEach((_, place) => operationRow(panel, place));
  }

  root.addEventListener("keydown", (event) => {
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!undo || event.isComposing) return;
    event.preventDefault();
    want({ kind: event.shiftKey ? "redo" : "undo" });
  });

  return {
    update(given, setStateValue) {
      data = given;
      send = setStateValue;
      if (under !== null && data.answered >= under) under = null;
      root.hidden = !(data.inputs.length || data.calls.length || data.undo || data.redo);
      // Numbers may change under the fields; anything else asks for other rows.
      const structure = JSON.stringify([data.labels, data.inputs.map((row) =>
        [row.at, row.kind, row.name, row.shape, row.fields.length, row.switch?.at]), operationsStructure(data)]);
      if (structure !== built) {
        const focused = document.activeElement?.getAttribute("aria-label");
        const inside = root.contains(document.activeElement);
        const top = root.scrollTop;
        built = structure;
        held = null;
        build();
        root.scrollTop = top;
        if (inside) root.querySelector(`[aria-label="${CSS.escape(focused ?? "")}"]`)?.focus();
        if (next && !["undo", "redo"].includes(next.kind)) next = null; // its row is gone
      }
      for (const each of shows) each();
      for (const each of root.querySelectorAll(":is(select, input[type=checkbox], .viz-inputs-row button)")) {
        each.disabled = !data.live;
      }
      if (under === null && next !== null) {
        const wish = next;
        next = null;
        want(wish);
      }
    },
  };
}

const panels = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viz-inputs");
  if (!panels.has(root)) panels.set(root, createPanel(root));
  panels.get(root).update(data, setStateValue);
}
