// A sentence in its tones.

import { element } from "../page/element.js";

/** @import { Said } from "../browser.js" */

/**
 * @param {Said[]} parts
 * @param {HTMLElement} parent
 */
export function sentence(parts, parent) {
  for (const { text, tone } of parts) element("span", `tone-${tone ?? "plain"}`, parent, text);
}
