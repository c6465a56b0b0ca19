// The notebook's output, as text and nothing else: data.label, data.name, data.empty, data.pieces
// of printed text, warnings and the like, data.run (number of the session's run; reported with
// window event "viz:printed" once it is shown).
//
// Listens to window event "viz:live" {printed}: the output while a number is dragged.

import { dispatch, listen } from "./events.js";
import { mount } from "./panel.js";

/** @import { OutputData, Printed } from "../browser.js" */
/** @import { Component } from "./panel.js" */

/** @param {HTMLElement} root @param {Component<OutputData>} first */
function createOutput(root, first) {
  const label = document.createElement("h2");
  label.className = "viz-label";
  const text = document.createElement("pre");
  text.tabIndex = 0; // long output scrolls by keyboard
  root.append(label, text);
  let { data } = first;
  let shown = "";

  /** @param {Printed[]} pieces */
  function show(pieces) {
    const next = JSON.stringify([pieces, data.empty]);
    if (next === shown) return; // the selection stays
    shown = next;
    text.replaceChildren(...pieces.map(({ text: printed, stream }) => {
      const piece = document.createElement("span");
      piece.className = `viz-${stream}`;
      piece.textContent = printed;
      return piece;
    }));
    if (!pieces.length) text.textContent = data.empty;
    text.classList.toggle("viz-empty", !pieces.length);
  }

  const unlisten = listen({ "viz:live": (live) => { show(live?.printed ?? data.pieces); } });

  return {
    /** @param {OutputData} next */
    update(next) {
      data = next;
      root.setAttribute("aria-label", data.name);
      label.textContent = data.label;
      show(data.pieces);
      document.documentElement.dataset.vizPrinted = String(data.run);
      dispatch("viz:printed", null);
    },
    end() { unlisten(); root.replaceChildren(); },
  };
}

export default mount(".viz-output", createOutput);
