// The loop iteration that selecting its pass has opened: it folds again when another is selected.

/** @import { Picture } from "../browser.js" */

/** @param {(group: string) => void} fold */
export function createIteration(fold) {
  /** @type {string | null} */
  let shown = null;
  return {
    // True if it opens one: another picture will arrive.
    /** @param {Picture} picture @param {string | null} iteration */
    settle(picture, iteration) {
      if (iteration === null || iteration === shown || picture.groups[iteration]) return false;
      if (shown !== null) fold(`-${shown}`);
      shown = iteration;
      fold(iteration);
      return true;
    },
  };
}
