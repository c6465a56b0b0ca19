// A sentence in its tones.

import { element } from "../page/element.js";

/** @import { Said } from "../browser.js" */

const RATIO = /(∂\S+\/∂\S+)/; // at its odd places, when a text is split by it

/**
 * @param {Said[]} parts
 * @param {HTMLElement} parent
 */
export function sentence(parts, parent) {
  for (const { text, tone } of parts) {
    const piece = element("span", `tone-${tone ?? "plain"}`, parent);
    text.split(RATIO).forEach((part, place) => {
      if (place % 2) element("span", "viz-ratio", piece, part);
      else piece.append(part);
    });
  }
}
