// The life of .grad: the events of each leaf's gradient, and the end of the saved tensors.

import { element } from "../page/element.js";
import { dispatch } from "../page/events.js";

/** @import { Explained } from "../browser.js" */

/** @param {HTMLElement} pane @param {Explained} data */
export function life(pane, { life: found, words }) {
  pane.replaceChildren();
  const text = words.life;
  const { leaves = [], others = [], saved = [], repair } = found;
  if (!leaves.length) element("p", "viz-note", pane, text.no_leaf);
  for (const { name, why, events, more, mend } of leaves) {
    const box = element("div", mend ? "viz-why" : "viz-way", pane);
    const head = element("p", "", box);
    element("strong", "", head, name);
    element("span", "viz-note", head, ` ${why}`);
    const list = element("ol", "viz-life", box);
    element("li", "", list, text.none);
    for (const { text: happened, frame, forgotten } of events) {
      const item = element("li", "", list);
      if (frame === null) element("span", "", item, happened);
      else {
        const button = element("button", "viz-factor", item, happened);
        button.type = "button";
        button.dataset.frame = String(frame);
        button.title = `${words.show} ${frame + 1}`;
        button.addEventListener("click", () => {
          dispatch("viz:goto", { step: frame });
        });
      }
      if (forgotten) element("strong", "viz-forgotten", item, forgotten);
    }
    if (more) element("p", "viz-note", box, text.more.replace("{count}", String(more)));
    if (mend) element("p", "viz-mend", box, mend);
  }
  if (repair) {
    const button = element("button", "viz-repair", pane, repair.label);
    button.type = "button";
    button.addEventListener("click", () => dispatch("viz:repair", repair));
  }
  for (const sentence of others) element("p", "viz-note", pane, sentence);
  if (saved.length) element("h3", "viz-heading", pane, text.title_saved);
  for (const sentence of saved) element("p", "", pane, sentence);
}
