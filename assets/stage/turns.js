// The loop iteration that selecting its pass has opened: it folds again when another is selected.

/** @import { Picture } from "../browser.js" */

export function createTurns(fold) {
  let shown = null;
  return {
    /** @param {Picture} picture @param {string | null} turn */
    settle(picture, turn) {
      if (turn === null || turn === shown) return;
      if (!picture.vertices.some(({ id }) => id === `g${turn}`)) return;
      if (shown !== null) fold(`-${shown}`);
      shown = turn;
      fold(turn);
    },
  };
}
