// The operations that can replace an operation, each with the shape of its result: tried in the
// child, see page/visit/operations.py. Choosing one is a request like any other of the inputs panel.

import { element } from "../page/element.js";
import { fill } from "../page/words.js";
import { createPopover } from "./popover.js";

/** @import { CallMark, Change, ChangesData, Choice, Operation } from "../browser.js" */

const KINDS = ["change", "swap", "remove", "step", "wrap"];

/** @param {HTMLElement} root @param {ChangesData} first @param {{ want: (change: Change) => void, ask: (at: number) => void }} act */
export function createOffers(root, first, { want, ask }) {
  const popover = createPopover(root, "viz-offers");
  let data = first;
  let at = -1; // the call that it is open for
  /** @type {CallMark | undefined} */
  let call; // its description when it was last shown
  /** @type {number | null} */
  let asked = null; // revision of the text whose choices were requested
  /** @type {string | null} */
  let shown = null;

  /** @param {Operation} operation */
  function find({ at: place, line = 0, column = 0 }) {
    if (place !== undefined) return place;
    // The innermost operation around a position of the text, or else the last one of its line.
    let best = -1;
    let beside = -1;
    data.calls.forEach(({ text, span }, number) => {
      const { line: top, end_line: bottom } = span;
      const inside = (top < line || (top === line && span.column <= column))
        && (line < bottom || (line === bottom && column <= span.end_column));
      if (inside && (best < 0 || data.calls[best].text.length > text.length)) best = number;
      if (top <= line && line <= bottom) beside = number;
    });
    return best < 0 ? beside : best;
  }

  /** @param {HTMLElement} parent @param {string} kind @param {Choice} choice */
  function chip(parent, kind, choice) {
    const made = element("button", choice.stops ? "viz-chip viz-stops" : "viz-chip", parent, choice.label);
    made.type = "button";
    if (choice.shape) made.append(" ", element("span", "viz-shape", null, `→ ${choice.shape}`));
    if (choice.stops) made.append(" ", element("span", "viz-shape", null, `· ${choice.stops.mark}`));
    made.title = choice.stops ? `${choice.writes}\n${choice.stops.why}` : choice.writes;
    made.addEventListener("click", () => {
      popover.close();
      want({ kind: /** @type {Change["kind"]} */ (kind), at, text: choice.to, index: [choice.keep] });
    });
  }

  function question() {
    if (data.choices?.at === at) return;
    asked = data.revision;
    ask(at);
  }

  // True if the call is still the requested one: the text may have changed.
  function stays() {
    const now = data.calls[at];
    return now && call && now.name === call.name && (now.name || now.text === call.text);
  }

  function show() {
    const words = data.labels;
    call = data.calls[at];
    const choices = data.choices?.at === at ? data.choices : null;
    const ready = choices !== null;
    const key = JSON.stringify([at, data.revision, ready, words.change]);
    if (key === shown) return;
    shown = key;
    const head = element("p", "viz-offers-head");
    element("code", "", head, call.name ? `${call.name} = ${call.text}` : call.text);
    if (call.shape) head.append(" ", element("span", "viz-shape", null, `→ ${call.shape}`));
    popover.box.replaceChildren(head);
    if (!choices) {
      element("p", "viz-offers-note", popover.box, words.trying).setAttribute("role", "status");
      return;
    }
    for (const kind of KINDS) {
      const some = choices.kinds[kind];
      if (!some) continue;
      const group = element("div", "viz-offers-group", popover.box);
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", words[kind]);
      element("h3", "viz-label", group, words[kind]);
      for (const choice of some) chip(group, kind, choice);
    }
    if (!Object.keys(choices.kinds).length && choices.complete) element("p", "viz-offers-note", popover.box, words.nothing_fits);
    element("p", "viz-offers-note", popover.box, words.from_text);
    if (!choices.complete) element("p", "viz-offers-note", popover.box, words.not_all);
  }

  return {
    /** @param {ChangesData} given */
    update(given) {
      data = given;
      if (!popover.isOpen) return;
      // About another text, or one that does not run: its content is no longer true.
      if (!data.live || !stays()) { popover.close(); return; }
      // It was opened during a change, and is about the text before.
      if (asked !== data.revision) question();
      show();
      popover.place();
    },
    /** @param {Operation} detail */
    open(detail) {
      if (!data.live) return;
      const found = find(detail);
      if (found < 0 || found >= data.calls.length) return;
      at = found;
      shown = null;
      question();
      show();
      popover.open(fill(data.labels.title, { name: data.calls[at].name || data.calls[at].text }), detail.anchor);
    },
  };
}
