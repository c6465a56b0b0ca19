// What if: values and gradients before and after, compared until the change is kept or discarded.

import { element } from "../page/element.js";

/** @import { Change, ChangesData, Pair } from "../browser.js" */

/** @param {HTMLElement} root @param {{ want: (change: Change) => void }} act */
export function createWhatIf(root, { want }) {
  const box = element("section", "viz-whatif", root);
  box.hidden = true;
  /** @type {string | null} */
  let shown = null;

  /** @param {HTMLElement} line @param {Pair} pair @param {string} tone */
  function cells(line, { before, after, changed }, tone) {
    for (const [side, { text, whole }] of Object.entries({ before, after })) {
      const cell = element("td", `viz-${side} tone-${tone}`, line, text || "–");
      cell.title = whole;
      if (side === "after" && changed) cell.classList.add("viz-changed");
    }
  }

  return {
    /** @param {ChangesData} data */
    update(data) {
      const words = data.labels;
      const { whatif } = data;
      box.hidden = whatif === null;
      document.documentElement.toggleAttribute("data-viz-whatif", !box.hidden);
      const key = JSON.stringify([whatif, words]);
      if (whatif === null || key === shown) return;
      shown = key;
      box.setAttribute("aria-label", words.what_if);
      const head = element("header");
      element("h2", "viz-label", head, words.what_if);
      for (const kind of /** @type {const} */ (["keep", "drop"])) {
        const made = element("button", "", head, words[kind]);
        made.type = "button";
        made.title = words[`${kind}_what`];
        made.addEventListener("click", () => want({ kind }));
      }
      const scroll = element("div", "viz-whatif-scroll");
      scroll.tabIndex = 0;
      const table = element("table", "", scroll);
      table.setAttribute("aria-label", words.what_if_table);
      const top = element("thead", "", table);
      const heads = element("tr", "", top);
      element("th", "", heads, words.name).scope = "col";
      for (const column of ["value_before", "value_after", "grad_before", "grad_after"]) {
        element("th", "", heads, words[column]).scope = "col";
      }
      const body = element("tbody", "", table);
      for (const row of whatif) {
        const line = element("tr", "", body);
        const name = element("th", "", line, row.name);
        name.scope = "row";
        cells(line, row.value, "value");
        cells(line, row.grad, "gradient");
      }
      const same = whatif.every(({ value, grad }) => !value.changed && !grad.changed);
      const parts = [head, scroll];
      if (same) parts.push(element("p", "viz-offers-note", null, words.what_if_hint));
      const before = box.querySelector(".viz-whatif-scroll")?.scrollTop ?? 0;
      const active = document.activeElement;
      const focused = box.contains(active) ? active?.textContent : null;
      box.replaceChildren(...parts);
      scroll.scrollTop = before;
      if (focused) [...box.querySelectorAll("button")].find(({ textContent }) => textContent === focused)?.focus();
    },
  };
}
