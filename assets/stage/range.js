// A range of steps that plays in a loop: its two ends, and its mark on the scrubber.
//
// One button (or L) sets the first end, then the other, then ends it; so does Escape.

import { element } from "../page/element.js";
import { fill } from "../page/words.js";

/** @import { Picture } from "../browser.js" */

/** @param {HTMLElement} parent */
export function createRange(parent) {
  const band = element("span", "viz-range", parent);
  band.setAttribute("aria-hidden", "true");
  band.hidden = true;
  /** @type {Record<string, string>} */
  let words = {};
  let last = 0;
  /** @type {number[]} */
  let ends = []; // none, one or two steps

  function draw() {
    band.hidden = ends.length === 0;
    if (band.hidden) return;
    band.classList.toggle("viz-range-open", ends.length === 1);
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    band.style.setProperty("--viz-from", String(from / Math.max(1, last)));
    band.style.setProperty("--viz-to", String(to / Math.max(1, last)));
  }

  return {
    // The loop as [first, last step]; null until it has two ends.
    loop: () => (ends.length === 2 ? [Math.min(...ends), Math.max(...ends)] : null),
    begun: () => ends.length > 0,

    // The next end, or the end of the loop; a loop of one step would not move.
    /** @param {number} step */
    mark(step) {
      if (ends.length === 1 && ends[0] === step) ends = [];
      else ends = ends.length === 2 ? [] : [...ends, step];
      draw();
    },
    clear() { ends = []; draw(); },

    // The button's next action, and the current state of the loop.
    label: () => [words.loop_from, words.loop_to, words.loop_end][ends.length],
    status() {
      const [from, to] = [Math.min(...ends), Math.max(...ends)];
      return ["", fill(words.loop_begun, { from }), fill(words.loop_told, { from, to })][ends.length];
    },

    /** @param {Picture} picture */
    open(picture) {
      words = picture.words;
      last = Math.max(0, picture.frames.length - 1);
      draw();
    },
  };
}
