// The state that survives a change of picture: the step, the selected box, the view.

/** @import { Picture } from "../browser.js" */

// True if two pictures are of nearly the same program.
/** @param {Picture | null} old @param {Picture} next */
export function alike(old, next) {
  if (!old) return false;
  if (old.structure === next.structure) return true;
  const names = new Set(old.vertices.map(({ name }) => name));
  return next.vertices.filter(({ name }) => names.has(name)).length >= next.vertices.length / 2;
}

// The index of the box that was selected in the picture before; null if it is gone.
/** @param {Picture | null} old @param {Picture} next @param {number | null} chosen */
export function sameBox(old, next, chosen) {
  const was = chosen === null ? undefined : old?.vertices[chosen];
  const found = was ? next.vertices.findIndex(({ name, kind }) => name === was.name && kind === was.kind) : -1;
  return found < 0 ? null : found;
}

// The step of a picture that is folded differently: the first that comes no earlier.
/** @param {Pick<Picture, "frames">} old @param {Pick<Picture, "frames">} next @param {number} index */
export function sameMoment(old, next, index) {
  if (next.frames.length === old.frames.length) return index;
  const moment = old.frames[index]?.moment ?? 0;
  return Math.max(0, next.frames.findIndex((frame) => frame.moment >= moment));
}

// The step of nearly the same program. The end of the first forward pass stays that, and later steps
// move with it; where the text was `typed`, an earlier step becomes it, so that no value is missing.
/** @param {Pick<Picture, "structure" | "opens">} old @param {Pick<Picture, "structure" | "opens">} next @param {number} index @param {boolean} typed */
export function sameStep(old, next, index, typed) {
  if (old.structure === next.structure || (index < old.opens && !typed)) return index;
  return next.opens + Math.max(0, index - old.opens);
}
