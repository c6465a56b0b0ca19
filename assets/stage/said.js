// A sentence in its tones, and the names of operations in it.

import { element } from "../page/element.js";

/** @import { Said } from "../browser.js" */

const RATIO = /(∂\S+\/∂\S+)/; // at its odd places, when a text is split by it

// As the program writes it; PyTorch's name if these are switched on.
/** @param {Pick<Said, "text" | "plain">} part */
export function spelled({ text, plain }) {
  return plain && document.documentElement.dataset.vizNames !== "torch" ? plain : text;
}

/**
 * @param {Said[]} parts
 * @param {HTMLElement} parent
 */
export function sentence(parts, parent) {
  for (const { text, tone, plain } of parts) {
    const piece = element("span", `tone-${tone ?? "plain"}`, parent);
    if (plain) {
      piece.textContent = spelled({ text, plain });
      if (piece.textContent !== text) piece.title = text;
      continue;
    }
    text.split(RATIO).forEach((part, place) => {
      if (place % 2) element("span", "viz-ratio", piece, part);
      else piece.append(part);
    });
  }
}
