// The texts of the history, each by the change that led to it; choosing one goes there.

import { element } from "../page/element.js";
import { createPopover } from "./popover.js";

/** @import { Anchored, Change, ChangesData } from "../browser.js" */

/** @param {HTMLElement} root @param {ChangesData} first @param {{ want: (change: Change) => void }} act */
export function createPast(root, first, { want }) {
  const popover = createPopover(root, "viz-past");
  let data = first;

  function show() {
    const list = element("ol");
    const { now, names } = data.history;
    names.forEach((name, state) => {
      const item = element("li", "", list);
      const made = element("button", "", item, name);
      made.type = "button";
      if (state === now) made.setAttribute("aria-current", "true");
      if (state > now) made.classList.add("viz-undone");
      made.addEventListener("click", () => {
        popover.close();
        if (state !== now) want({ kind: "jump", at: state });
      });
    });
    popover.box.replaceChildren(element("h3", "viz-label", null, data.labels.history), list);
  }

  return {
    /** @param {ChangesData} given */
    update(given) {
      data = given;
      if (!popover.isOpen) return;
      show();
      popover.place();
    },
    /** @param {Anchored} at */
    open({ anchor }) {
      show();
      popover.open(data.labels.history, anchor);
      popover.box.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    },
  };
}
