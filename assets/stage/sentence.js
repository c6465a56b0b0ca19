// A sentence in its tones, and the names of operations in it.

import { element } from "../page/element.js";

/** @import { Said } from "../browser.js" */

// What is not broken over two lines, if it can be: a ratio, and a few numbers in brackets. At its odd
// places, when a text is split by it.
const WHOLE = /(\u2202\S+\/\u2202\S+|\[[^[\]]{1,32}\])/;

// The pieces of a text; every second one stays on one line.
/** @param {string} text */
export const pieces = (text) => text.split(WHOLE);

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
    pieces(text).forEach((part, place) => {
      if (place % 2) element("span", "viz-whole", piece, part);
      else piece.append(part);
    });
  }
}
