// The list of keys: a small dialog behind "?", which returns the focus when it closes.

import { element } from "../page/element.js";

/** @import { Picture } from "../browser.js" */

// [names of keys, its words]; a name that is itself a word is looked up.
/** @type {[string[], string][]} */
const KEYS = [
  [["space"], "keys_play"], [["←", "→", "PgUp", "PgDn"], "keys_step"], [["Home", "End"], "keys_ends"],
  [["[", "]"], "keys_speed"], [["L"], "keys_loop"], [["Shift + ← ↑ ↓ →"], "keys_walk"],
  [["Enter"], "keys_unfold"], [["Backspace"], "keys_fold"], [["+", "−", "0"], "keys_zoom"], [["P"], "projector"], [["F"], "present"], [["D"], "pen"], [["X"], "pen_clear"],
  [["Esc"], "keys_escape"], [["Ctrl + Enter"], "keys_run"], [["Ctrl + Z"], "keys_undo"], [["?"], "keys"],
];

/** @param {HTMLElement} root @param {HTMLElement} parent */
export function createKeys(root, parent) {
  const button = element("button", "viz-button", parent, "?");
  button.type = "button";
  button.setAttribute("aria-haspopup", "dialog");
  const dialog = element("dialog", "viz-keys", root);
  const head = element("div", "viz-keys-head", dialog);
  const title = element("h2", "", head);
  title.id = "viz-keys-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const close = element("button", "viz-button", head, "×");
  close.type = "button";
  const list = element("dl", "", dialog);

  function show() { if (!dialog.open) dialog.showModal(); }
  button.addEventListener("click", show);
  close.addEventListener("click", () => dialog.close());
  // The dialog handles its own keys: a space here must not play the picture behind it.
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "?") dialog.close();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  return {
    show,
    /** @param {Picture} picture */
    open({ words }) {
      button.setAttribute("aria-label", words.keys);
      button.title = words.keys;
      title.textContent = words.keys;
      close.setAttribute("aria-label", words.close);
      list.replaceChildren();
      for (const [names, what] of KEYS) {
        const term = element("dt", "", list);
        for (const name of names) element("kbd", "", term, words[`key_${name}`] ?? name);
        element("dd", "", list, words[what]);
      }
    },
  };
}
