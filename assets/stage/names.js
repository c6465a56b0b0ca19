// A switch for autograd's own names of the operations (AddBackward0), written over them.
//
// Plain at first: an operation is written as in the program (`+ 1`). The browser remembers the
// choice, a link has it.

import { element } from "../page/element.js";
import { lasting } from "../page/store.js";

/** @import { Picture } from "../browser.js" */

const NAMES_KEY = "viz-names";

export function createNames(parent, changed) {
  const button = element("button", "viz-switch", parent, "grad_fn");
  button.type = "button";
  const on = () => document.documentElement.dataset.vizNames === "torch";

  function choose(wanted) {
    document.documentElement.dataset.vizNames = wanted ? "torch" : "plain";
    button.setAttribute("aria-pressed", String(wanted));
  }
  button.addEventListener("click", () => {
    choose(!on());
    try { lasting()?.setItem(NAMES_KEY, on() ? "torch" : "plain"); } catch { /* it is full: not remembered */ }
    changed();
  });

  return {
    on,
    /** @param {Picture} picture */
    open({ words, vertices }) {
      button.title = words.names;
      button.setAttribute("aria-label", words.names);
      button.hidden = vertices.length === 0;
    },
    // By the link, or as this browser remembers it.
    obey(asked) { choose(asked || lasting()?.getItem(NAMES_KEY) === "torch"); },
  };
}
