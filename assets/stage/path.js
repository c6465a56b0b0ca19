// The path from the whole graph into the open groups around a box: a click folds one again.

import { element } from "../page/element.js";

/** @import { Picture, Vertex } from "../browser.js" */

/** @param {HTMLElement} parent @param {(group: string) => void} fold */
export function createPath(parent, fold) {
  const root = element("nav", "viz-path", parent);
  return {
    // Before anything is measured: it takes room.
    /** @param {Picture} picture */
    open(picture) {
      root.hidden = Object.keys(picture.groups).length === 0;
      root.closest(".viz-root")?.toggleAttribute("data-path", !root.hidden); // for stage.css
      root.setAttribute("aria-label", picture.words.path);
    },

    /** @param {Picture} picture @param {Vertex | undefined} vertex */
    show(picture, vertex) {
      const steps = [];
      let key = vertex?.within ?? null;
      while (key !== null && picture.groups[key]) {
        const { name, kind, within } = picture.groups[key];
        steps.unshift({ group: key, name, kind });
        key = within;
      }
      root.replaceChildren(element("span", "tone-muted", null, picture.words.whole_graph));
      for (const { group, name, kind } of steps) {
        root.append(" › ");
        const button = element("button", "viz-crumb", root, `▾ ${name}`);
        button.type = "button";
        button.title = `${picture.words.fold}: ${kind} ${name}`;
        button.setAttribute("aria-label", button.title);
        button.addEventListener("click", () => fold(group));
      }
    },
  };
}
