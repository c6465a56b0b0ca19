// Number fields: typed, stepped by the arrow keys, dragged sideways, or moved by their row's
// slider.
//
// A drag belongs to the panel and remembers its field by a key, because the rows are rebuilt under
// it when another number changes what can be edited (the 3 of range(3)).

import { element } from "../page/element.js";
import { NUMBER, moved, partOf, placed, rangeOf } from "./number.js";

const PIXELS = 6; // px of a drag per step
const SLACK = 3; // px that still count as a click
/** @type {Record<string, number | undefined>} */
const STEPS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
const LONGEST = 32; // maximum characters of a number

/** @import { Panel } from "./inputs.js" */
/** @import { Range } from "./number.js" */

/**
 * @typedef {object} Field
 * @property {HTMLInputElement} input
 * @property {string} key
 * @property {number} at
 * @property {number[]} index
 * @property {boolean} size true if it counts something
 * @property {HTMLElement | null} track its row's slider
 * @property {string | null} sent the text that the server has not answered
 * @property {(text: string, id?: number | null) => void} set
 * @property {() => void} adapt
 * @property {() => boolean} half true if text was typed, but not sent yet
 */

/** @param {Panel} panel */
export function createFields(panel) {
  /** @type {Map<string, Field>} */
  let fields = new Map(); // by key
  /** @type {Map<string, Range>} */
  const ranges = new Map(); // of sliders, by key
  let drags = Date.now();
  /**
   * @type {{ key: string, x: number, text: string, last: string, steps: number, id: number | null,
   *   pointer: number, range: Range | false | undefined } | null}
   */
  let drag = null; // id is null until it has moved, range is its slider's or false

  /** @param {Field} field */
  const dragged = (field) => drag !== null && drag.id !== null && drag.key === field.key;

  /** @param {PointerEvent} event @param {Field} field @param {boolean} slider */
  function begin(event, field, slider) {
    if (event.button || field.input.disabled || drag) return;
    const range = slider && ranges.get(field.key);
    drag = { key: field.key, x: event.clientX, text: field.input.value, last: field.input.value, steps: 0, id: null,
      pointer: event.pointerId, range };
    for (const [name, act] of listens) window.addEventListener(name, act, true);
    if (slider) move(event);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    const field = fields.get(drag.key);
    if (!field) return;
    const far = event.clientX - drag.x;
    if (drag.id === null) {
      if (!drag.range && Math.abs(far) <= SLACK) return;
      drag.id = ++drags;
      // The panel's frame outlives its rows.
      panel.frame.setPointerCapture(event.pointerId);
      panel.frame.dataset.dragging = "true";
    }
    let text;
    if (drag.range && field.track) {
      const track = field.track.getBoundingClientRect();
      text = placed(drag.text, (event.clientX - track.left) / track.width, drag.range);
    } else {
      const steps = Math.round(far / PIXELS);
      if (steps === drag.steps) return;
      drag.steps = steps;
      text = moved(drag.text, steps);
    }
    if (text === field.input.value) return;
    drag.last = text;
    field.set(text, drag.id);
  }

  /** @param {PointerEvent} event */
  function end(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    const field = fields.get(drag.key);
    const pulled = drag.id !== null;
    if (pulled) field?.input.blur();
    stop();
    field?.adapt();
    if (pulled) panel.dragged();
  }

  function stop() {
    drag = null;
    delete panel.frame.dataset.dragging;
    for (const [name, act] of listens) window.removeEventListener(name, act, true);
  }

  const listens = /** @type {const} */ ([["pointermove", move], ["pointerup", end], ["pointercancel", end]]);

  // A field for the number at `index` of the input `at`; `size` if it counts something.
  /**
   * @param {HTMLElement} parent
   * @param {string} label
   * @param {number} at
   * @param {number[]} index
   * @param {() => string} textOf
   */
  function make(parent, label, at, index, textOf, size = false) {
    const input = element("input", "", parent);
    input.type = "text";
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.setAttribute("role", "spinbutton");
    input.setAttribute("aria-label", label);
    input.title = panel.data.labels.drag;
    let shown = textOf();
    input.value = shown;
    let key = label;
    for (let number = 2; fields.has(key); number += 1) key = `${label} ${number}`;
    /** @type {Field} */
    const field = { input, key, at, index, size, track: null, sent: null, set, adapt() {}, half };
    fields.set(key, field);

    /** @type {Field["set"]} */
    function set(text, id = null) {
      show(text);
      field.sent = text;
      const request = { kind: /** @type {const} */ ("number"), at, index, text, drag: id, key };
      if (id === null) panel.want(request);
      else panel.drag(request);
    }
    /** @param {string} text */
    function show(text) {
      input.value = text;
      input.setAttribute("aria-valuenow", String(Number(text)));
      input.setAttribute("aria-invalid", "false");
      field.adapt();
    }
    function half() { return document.activeElement === input && input.value !== (field.sent ?? shown); }
    function commit() {
      const text = input.value.trim();
      const valid = NUMBER.test(text) && text.length <= LONGEST;
      input.setAttribute("aria-invalid", String(!valid));
      if (valid && text !== (field.sent ?? shown)) set(text);
    }
    // Called again after Enter, when the field is left, and when its row is removed: that sends
    // nothing.
    input.addEventListener("change", () => { if (fields.get(key) === field) commit(); });
    input.addEventListener("keydown", (event) => {
      const steps = STEPS[event.key];
      if (steps && NUMBER.test(input.value)) {
        event.preventDefault();
        set(moved(input.value, steps));
      } else if (event.key === "Enter") commit();
      else if (event.key === "Escape") show(shown);
    });
    input.addEventListener("pointerdown", (event) => begin(event, field, false));
    panel.whenShown(() => {
      input.disabled = !panel.data.live && !dragged(field) && !panel.waiting;
      const typing = document.activeElement === input && input.value !== shown;
      shown = textOf();
      if (!panel.waiting) field.sent = null;
      // A number being dragged, typed or waiting to be sent is newer than the server's.
      if (!dragged(field) && !typing && !panel.waiting) show(shown);
    });
    return field;
  }

  // A slider for one of these fields at a time: the last focused one, at first the first. It adds
  // nothing for keyboards and screen readers, which have the fields.
  /** @param {HTMLElement} parent @param {Field[]} own */
  function slide(parent, own) {
    const track = element("div", "viz-inputs-slider", parent);
    track.setAttribute("aria-hidden", "true");
    const thumb = element("i", "", track);
    let active = own[0];
    panel.whenShown(() => track.toggleAttribute("data-off", own[0].input.disabled));
    function adapt() {
      const text = active.input.value;
      if (!NUMBER.test(text)) return;
      const held = dragged(active) ? drag?.range : false;
      const range = held || rangeOf(text, active.size, ranges.get(active.key));
      ranges.set(active.key, range);
      track.style.setProperty("--part", String(partOf(text, range)));
      track.style.setProperty("--zero", String(partOf("0", range)));
      thumb.title = `${range[0]} … ${range[1]}`;
    }
    for (const field of own) {
      field.track = track;
      field.adapt = () => { if (active === field) adapt(); };
      if (drag?.key === field.key) active = field;
      field.input.addEventListener("focus", () => { active = field; adapt(); });
    }
    track.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      begin(event, active, true);
    });
  }

  return {
    make,
    slide,
    clear() { fields = new Map(); },
    // The request may be undone.
    forget() { for (const field of fields.values()) field.sent = null; },
    // The half-typed text, and the function that writes it again after the rows were rebuilt.
    typing() {
      const field = [...fields.values()].find((each) => each.half());
      return field && { key: field.key, text: field.input.value, caret: field.input.selectionStart };
    },
    /** @param {{ key: string, text: string, caret: number | null } | undefined} typed */
    retype(typed) {
      const input = typed && fields.get(typed.key)?.input;
      if (!input) return;
      input.value = typed.text;
      input.setSelectionRange(typed.caret, typed.caret);
    },
    // The current number of a field, if it has one.
    /** @param {string} key */
    place(key) {
      const field = fields.get(key);
      return field && { at: field.at, index: field.index };
    },
    // The dragged number after the rows were rebuilt; null if it is gone.
    held() {
      if (drag === null) return null;
      const field = fields.get(drag.key);
      if (!field || (drag.range && !field.track)) { stop(); return null; }
      field.input.value = drag.last;
      return { at: field.at, index: field.index };
    },
  };
}
