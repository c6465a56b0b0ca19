// What the stage shows, as plain data, and what follows from it: no element, no event.

import { NOTHING } from "./nothing.js";

/** @import { Picture, Rectangle } from "../browser.js" */
/**
 * @typedef {object} State
 * @property {Picture} picture
 * @property {number} index of the step
 * @property {number} seen the step in the picture: the one before while its question is open
 * @property {number | null} chosen the index of a vertex
 * @property {boolean} hides constants
 */

/** @returns {State} */
export const begun = () => ({ picture: NOTHING, index: 0, seen: 0, chosen: null, hides: false });

/** @param {Pick<State, "picture">} state */
export const isOpen = ({ picture }) => picture !== NOTHING;

// A step that the picture has.
/** @param {Pick<Picture, "frames">} picture @param {number} index */
export const within = ({ frames }, index) => Math.max(0, Math.min(frames.length - 1, index));

// The index of the vertex that is selected, or else the one the step is about; -1 for none.
/** @param {Pick<State, "picture" | "index" | "chosen">} state */
export const present = ({ picture, index, chosen }) => chosen ?? picture.frames[index]?.vertex ?? -1;

// Whether a box can be seen now.
/** @param {Pick<State, "picture" | "index" | "hides">} state @param {number} place */
export const isVisible = ({ picture, index, hides }, place) => picture.vertices[place].first <= index
  && !(hides && picture.constants.includes(place));

// The part of the picture that a step needs in view, and the box that it is about; null without a
// step.
/**
 * @param {Pick<State, "picture" | "index">} state
 * @returns {{ focus: Rectangle, own: Rectangle } | null}
 */
export function places({ picture, index }) {
  const current = picture.frames[index];
  if (!current) return null;
  const { focus, vertex } = current;
  const box = picture.vertices[vertex]?.box;
  if (!box?.width) return { focus, own: focus };
  const { x, y, width, height } = box;
  return { focus, own: { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 } };
}

// The step at which a new picture opens: that of an opened pass or a pass that has come, the moment
// of the picture before if it is folded differently, the same step of nearly the same program, else
// its own first.
/**
 * @param {{ next: Picture, index: number, kept: boolean, moment: number | null,
 *   opened: number | undefined, arrived: number | undefined }} known
 */
export function opening({ next, index, kept, moment, opened, arrived }) {
  if (arrived !== undefined) return arrived;
  if (!kept) return next.opens;
  return moment === null ? index : opened ?? moment;
}

// The badge of a picture that is not the program's: its word's key, "" for none.
/** @param {string} state */
export const badge = (state) => (["stale", "running", "error"].includes(state) ? state : "");
