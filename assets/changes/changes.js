// Changes of the program other than typing: an operation's choice, the history, what if.
//
// In:  data.calls (the operations), data.choices (of the requested one), data.history, data.whatif
//      (the rows of what if, or null), data.revision, data.live, data.labels.
// Out: state "ask" = {at, base}, and window event "viz:change" {kind, ...}, which inputs.js sends.
// Listens to window events "viz:operation" {at | node | line, column, anchor}, "viz:history"
// {anchor} and "viz:whatif", where anchor is the rectangle of the control.

import { dispatch, listen } from "../page/events.js";
import { mount } from "../page/panel.js";
import { createOffers } from "./offers.js";
import { createPast } from "./past.js";
import { createWhatIf } from "./whatif.js";

/** @import { Ask, Change, ChangesData } from "../browser.js" */
/** @import { Component } from "../page/panel.js" */

// The cursor of a text field: line and column from 1, in characters as Python counts them.
/** @param {HTMLTextAreaElement} field */
function cursorOf(field) {
  const lines = field.value.slice(0, field.selectionStart).split("\n");
  return { line: lines.length, column: [...lines[lines.length - 1]].length + 1 };
}

/** @param {HTMLElement} root @param {Component<ChangesData>} first */
function createChanges(root, first) {
  let { data, setStateValue: send } = first;

  /** @param {Change} change */
  function want(change) {
    dispatch("viz:change", change);
  }
  /** @param {number} at */
  function ask(at) {
    send("ask", /** @type {Ask} */ ({ at, base: data.revision }));
  }
  const whatIf = createWhatIf(root, { want });
  const offers = createOffers(root, data, { want, ask });
  const past = createPast(root, data, { want });

  function onWhatIf() { want({ kind: data.whatif === null ? "whatif" : "keep" }); }
  // From the text: Alt+Enter opens the choice of the operation at the cursor.
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const { key, altKey, target } = event;
    if (key !== "Enter" || !altKey || !(target instanceof HTMLTextAreaElement) || !target.matches(".viz-program textarea")) return;
    event.preventDefault();
    offers.open({ ...cursorOf(target), anchor: target.getBoundingClientRect() });
  }
  document.addEventListener("keydown", onKey);
  const unlisten = listen({ "viz:operation": offers.open, "viz:history": past.open, "viz:whatif": onWhatIf });

  return {
    /** @param {ChangesData} given @param {Component<ChangesData>} component */
    update(given, { setStateValue }) {
      data = given;
      send = setStateValue;
      for (const part of [whatIf, offers, past]) part.update(data);
    },
    end() {
      document.removeEventListener("keydown", onKey);
      unlisten();
      root.replaceChildren();
    },
  };
}

export default mount(".viz-changes", createChanges);
