// A formula or a name that leads to the step it is about: a button, or plain text without a step.

import { element } from "../page/element.js";
import { dispatch } from "../page/events.js";

/**
 * @param {Element} parent
 * @param {number | null | undefined} frame
 * @param {Record<string, string>} words
 */
export function leads(parent, frame, words) {
  if (frame === null || frame === undefined) return element("span", "viz-factor", parent);
  const made = element("button", "viz-factor", parent);
  made.type = "button";
  made.title = `${words.show} ${frame + 1}`;
  made.addEventListener("click", () => dispatch("viz:goto", { step: frame }));
  return made;
}
