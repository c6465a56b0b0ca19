// The loop iteration that selecting its pass has opened: it folds again when another is selected.

/** @import { Picture } from "../browser.js" */

/** @param {(group: string) => void} fold */
export function createTurns(fold) {
  /** @type {string | null} */
  let shown = null;
  return {
    // True if it opens one: the picture comes anew.
    /** @param {Picture} picture @param {string | null} turn */
    settle(picture, turn) {
      if (turn === null || turn === shown || picture.groups[turn]) return false;
      if (shown !== null) fold(`-${shown}`);
      shown = turn;
      fold(turn);
      return true;
    },
  };
}
