// The inputs and operations of the program: each change is a request, the server rewrites the text.
//
// In:  data.inputs, data.calls (rows), data.revision (of the text they belong to), data.live (false
//      while the picture is of another text), data.answered (the last answered request), data.undo,
//      data.redo (names of the changes), data.session (for live.js), data.run (number of the run),
//      data.whatif (old and new are compared, which only the server does), data.labels.
// Out: state "request" = {id, base, kind, ...}. At most one is in flight, and no other panel's change
//      (page/gate.js); others wait in order, but a number replaces an older one in the same place,
//      so that a drag does not queue, and undo and redo are counted.
// Listens to window event "viz:change" for the requests of changes.js and lesson.js.

import { element } from "../page/element.js";
import { listen } from "../page/events.js";
import { createGate } from "../page/gate.js";
import { mount } from "../page/panel.js";
import { fill } from "../page/words.js";
import { createFields } from "./field.js";
import { createLive } from "./live.js";
import { changesButtons, operationRow, operationsStructure } from "./operations.js";

/** @import { Change, ChangeRequest, InputsData } from "../browser.js" */
/** @import { Component } from "../page/panel.js" */
/** @import { Field } from "./field.js" */

const OF_NO_ROW = ["undo", "redo", "jump", "whatif", "keep", "drop", "try"];

// A change, and the key of its field.
/** @typedef {Change & { key?: string }} Wanting */
/**
 * The panel's interface for fields and the rows of operations.js.
 * @typedef {object} Panel
 * @property {HTMLElement} frame
 * @property {HTMLElement} root the section that rows are added to
 * @property {InputsData} data
 * @property {boolean} waiting true until all requests are answered
 * @property {(change: Wanting) => void} want
 * @property {(change: Wanting) => void} drag a number being changed
 * @property {() => void} dragged
 * @property {(parent: HTMLElement, text: string, label: string, act: () => void) => HTMLButtonElement} button
 * @property {(...given: Parameters<ReturnType<typeof createFields>["make"]>) => HTMLInputElement} field
 * @property {(act: () => void) => void} whenShown registers an update of the rows
 */

/** @param {HTMLElement} root @param {Component<InputsData>} first */
function createPanel(root, first) {
  let { data, setStateValue: send } = first;
  /** @type {string | null} */
  let built = null; // the structure that the rows were built for
  /** @type {number | null} */
  let under = null; // id of the request in flight
  /** @type {Wanting | null} */
  let sent = null; // that request
  /** @type {Wanting[]} */
  let waits = []; // the requests that are to follow
  let ids = Date.now();
  /** @type {(() => void)[]} */
  let shows = []; // updates the rows without rebuilding them
  const folded = new Set(); // names of sections
  let rows = root; // the section that rows are added to
  let scrolled = 0; // scroll offset; reading it while rows are built would lay out the page

  /** @param {Wanting} request */
  function want(request) {
    if (OF_NO_ROW.includes(request.kind)) fields.forget();
    const last = waits.at(-1);
    const steps = (/** @type {Wanting | undefined} */ one) => (one?.kind === "undo" ? -1 : one?.kind === "redo" ? 1 : 0) * (one?.times ?? 1);
    const place = (/** @type {Wanting} */ { kind, at, index }) => kind === "number" && `${at} ${index}`;
    if (steps(request) && steps(last)) {
      const sum = steps(last) + steps(request);
      waits.pop();
      if (sum) waits.push({ kind: sum < 0 ? "undo" : "redo", times: Math.abs(sum) });
    } else {
      if (last && place(request) && place(last) === place(request)) waits.pop();
      waits.push(request);
    }
    go();
  }

  function go() {
    if (under !== null || !waits.length || !gate.take()) return;
    const [next, ...others] = waits;
    [sent, waits] = [next, others];
    under = ++ids;
    const { key, ...request } = next;
    send("request", /** @type {ChangeRequest} */ ({ id: under, base: data.revision, ...request }));
  }
  const gate = createGate("inputs", go);

  // Waiting requests after the rows were rebuilt: at the row's new index, unless it is gone.
  function moved() {
    const held = fields.held();
    return waits.flatMap((request) => {
      if (OF_NO_ROW.includes(request.kind)) return [request];
      const at = (request.drag != null && held) || (request.key && fields.place(request.key));
      return at ? [{ ...request, ...at }] : [];
    });
  }

  /** @type {Panel["button"]} */
  function button(parent, text, label, act) {
    const made = element("button", "", parent, text);
    made.type = "button";
    made.title = label;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  /** @param {number} place */
  function inputRow(place) {
    const row = data.inputs[place];
    const words = data.labels;
    const line = element("div", "viz-inputs-row", rows);
    line.dataset.kind = row.kind;
    const unsown = row.kind === "seed" && !row.fields.length;
    const called = row.owner ? `${row.owner} · ${row.name}` : row.name;
    const shown = unsown ? words.unsown : called || fill(words.unnamed_in, { line: row.line });
    element("span", "viz-inputs-name", line, shown).title = fill(words.in_line, { name: shown, line: row.line });
    const name = called || words.unnamed;
    const grid = element("div", "viz-inputs-grid", line);
    /** @type {Field[]} */
    const own = [];
    const whole = row.kind === "size" || row.kind === "random";
    for (const [down, texts] of row.fields.entries()) {
      const cells = element("div", "viz-inputs-line", grid);
      for (const [across] of texts.entries()) {
        const index = row.shape.length === 2 ? [down, across] : row.shape.length === 1 ? [across] : [];
        const label = row.shape.length ? fill(words.field, { name, place: index.map((each) => each + 1).join(", ") }) : name;
        own.push(fields.make(cells, label, row.at, index, () => data.inputs[place].fields[down][across], whole));
      }
    }
    const total = row.shape.reduce((product, side) => product * side, 1);
    if (!own.length && row.shape.length && !unsown) element("span", "viz-inputs-note", grid, fill(words.in_text, { count: total }));
    if (own.length && row.kind !== "seed") fields.slide(line, own);
    if (own.length && (row.kind === "vector" || row.kind === "matrix")) {
      const sizes = element("div", "viz-inputs-line", line);
      const grow = (/** @type {number} */ axis, /** @type {number} */ by) => () => {
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
    if (row.kind === "seed") button(line, "⚄", unsown ? words.sow : words.roll, () => want({ kind: "seed", at: row.at }));
    const { switch: onOff } = row;
    if (onOff) {
      const label = element("label", "", line);
      const box = element("input", "", label);
      box.type = "checkbox";
      const plain = row.kind === "bool";
      box.setAttribute("aria-label", plain ? name : fill(words.switch, { name }));
      if (!plain) label.append("requires_grad");
      box.addEventListener("change", () => want({ kind: "switch", at: onOff.at, on: box.checked }));
      shows.push(() => { if (!panel.waiting) box.checked = data.inputs[place].switch?.on ?? false; });
    }
  }

  /** @type {Panel} */
  const panel = {
    frame: root, want, button,
    field(...given) { return fields.make(...given).input; },
    get root() { return rows; },
    get data() { return data; },
    get waiting() { return under !== null || waits.length > 0; },
    whenShown(act) { shows.push(act); },
    drag(request) { if (data.whatif) want(request); else live.follow(request); },
    dragged() { live.settle(); },
  };
  const live = createLive(panel, want);
  const fields = createFields(panel);

  function markFrame() {
    if (root.hidden) delete document.documentElement.dataset.vizInputs;
    else document.documentElement.dataset.vizInputs = folded.size === 2 ? "folded" : "open";
  }

  // A heading that folds the rows below it; folded sections stay so for the whole page.
  /** @param {HTMLElement} parent @param {string} name */
  function section(parent, name) {
    const heading = element("h2", "viz-label", parent);
    const fold = element("button", "viz-inputs-fold", heading, data.labels[name]);
    fold.type = "button";
    rows = element("div", "viz-inputs-rows", root);
    rows.id = `viz-inputs-${name}`;
    fold.setAttribute("aria-controls", rows.id);
    const shown = rows;
    const show = () => {
      shown.hidden = folded.has(name);
      fold.setAttribute("aria-expanded", String(!folded.has(name)));
      root.dataset.folded = [...folded].sort().join(" ");
      markFrame();
    };
    fold.addEventListener("click", () => {
      if (!folded.delete(name)) folded.add(name);
      show();
    });
    show();
  }

  function build() {
    const words = data.labels;
    shows = [];
    fields.clear();
    root.replaceChildren();
    const head = element("header", "", root);
    section(head, "inputs");
    for (const [kind, sign] of /** @type {const} */ ([["undo", "↶"], ["redo", "↷"]])) {
      const made = button(head, sign, words[kind], () => want({ kind }));
      shows.push(() => {
        made.disabled = !data[kind];
        made.title = data[kind] ? fill(words[`${kind}_what`], { what: data[kind] }) : words[kind];
      });
    }
    changesButtons(panel, head);
    data.inputs.forEach((_, place) => inputRow(place));
    if (data.calls.length) section(root, "operations");
    data.calls.forEach((_, place) => operationRow(panel, place));
  }

  root.addEventListener("keydown", (event) => {
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!undo || event.isComposing) return;
    event.preventDefault();
    want({ kind: event.shiftKey ? "redo" : "undo" });
  });

  root.addEventListener("scroll", () => { scrolled = root.scrollTop; });

  const unlisten = listen({ "viz:change": (request) => { want(request); } });

  return {
    /** @param {InputsData} given @param {Component<InputsData>} component */
    update(given, { setStateValue }) {
      // A new session knows no requests of the one before: they are repeated.
      const lost = under !== null && data.session !== given.session;
      if (lost && sent) waits.unshift(sent);
      data = given;
      send = setStateValue;
      const answered = under !== null && (lost || data.answered >= under);
      if (answered) under = null;
      root.hidden = !(data.inputs.length || data.calls.length || data.undo || data.redo);
      markFrame();
      // Numbers may change under the fields; any other change needs other rows.
      const structure = JSON.stringify([data.labels, data.inputs.map((row) =>
        [row.at, row.kind, row.owner, row.name, row.shape, row.fields.length, row.switch?.at]), operationsStructure(data)]);
      if (structure !== built) {
        const focused = document.activeElement?.getAttribute("aria-label");
        const inside = root.contains(document.activeElement);
        const typed = fields.typing();
        built = structure;
        build();
        if (scrolled) root.scrollTop = scrolled;
        if (inside) /** @type {HTMLElement | null} */ (root.querySelector(`[aria-label="${CSS.escape(focused ?? "")}"]`))?.focus();
        fields.retype(typed);
        waits = moved();
      }
      for (const each of shows) each();
      /** @type {NodeListOf<HTMLButtonElement | HTMLInputElement | HTMLSelectElement>} */
      const controls = root.querySelectorAll(":is(select, input[type=checkbox], .viz-inputs-row button)");
      for (const each of controls) {
        each.disabled = !data.live;
      }
      if (answered) live.resume(fields.held());
      gate.know(data, answered);
    },
    end() {
      gate.end();
      unlisten();
    },
  };
}

export default mount(".viz-inputs", createPanel);
