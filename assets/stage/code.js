// The line of the program that a step is about, for places without the program: a presenter's
// screen, a phone, a frame in a course page.

import { element } from "../page/element.js";
import { NOTHING } from "./nothing.js";

/** @import { Picture } from "../browser.js" */

/** @param {HTMLElement} parent */
export function createCode(parent) {
  const root = element("p", "viz-step-line", parent);
  let picture = NOTHING;
  return {
    /** @param {Picture} next */
    open(next) { picture = next; },
    /** @param {number} index */
    show(index) {
      root.replaceChildren();
      const span = picture.frames[index]?.span;
      if (!span) return;
      const text = picture.lines[span.line];
      if (text === undefined) return;
      const end = span.end_line === span.line ? span.end_column - 1 : text.length;
      element("span", "tone-muted", root, `${span.line} `);
      element("span", "", root, text.slice(0, span.column - 1).trimStart());
      element("mark", "", root, text.slice(span.column - 1, end));
      element("span", "", root, text.slice(end));
    },
  };
}
