// Names in a picture seen from afar: at the centre of their boxes, as large as these allow.

/** @import { Box } from "../browser.js" */

const GROWS = 2.2; // maximum factor of its size
const ROOM = 0.9; // of a box, for its name
const ENOUGH = 9; // characters that can be read in a small box
const DOTTED = /^(\u25b8 )?([A-Za-z_]\w*(?:\.\w+)+)$/;

// The end of a dotted name, which distinguishes it from others: `weight_hh_l0` of
// `lstm.weight_hh_l0`.
/** @param {string} text */
export function brief(text) {
  const found = DOTTED.exec(text);
  if (!found) return text;
  let name = found[2];
  while (name.length > ENOUGH && name.includes(".")) name = name.slice(name.indexOf(".") + 1);
  return (found[1] ?? "") + name;
}

// The factor by which a text can grow in a box, and the offset of its centre from the box's.
/** @param {SVGElement} made @param {string} text @param {number} size @param {number} advance of a character, in its size @param {Pick<Box, "y" | "body_width">} box */
export function settle(made, text, size, advance, { y, body_width: width }) {
  const columns = [...brief(text)].reduce((sum, c) => sum + (c > "\u1100" && !"…−→∇▸↻".includes(c) ? 2 : 1), 0);
  made.style.setProperty("--viz-fit", Math.max(0.7, Math.min(GROWS, (ROOM * width) / (advance * size * columns))).toFixed(2));
  made.style.setProperty("--viz-middle", `${(y - Number(made.getAttribute("y"))).toFixed(1)}px`);
}
