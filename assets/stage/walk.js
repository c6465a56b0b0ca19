// The box that an arrow key leads to, and the one under the pointer.

import { fill } from "../page/words.js";

/** @import { Picture, Vertex } from "../browser.js" */
/** @import { Camera } from "./camera.js" */

/** @type {Record<string, [number, number]>} */
const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

// The index of the nearest box in a direction, among the visible ones; -1 for none.
/** @param {Vertex[]} vertices @param {{ x: number, y: number }} from @param {string} key @param {(place: number) => boolean} visible */
export function nearest(vertices, from, key, visible) {
  const [dx, dy] = DIRECTIONS[key];
  let best = [Infinity, -1];
  vertices.forEach(({ box }, place) => {
    const [x, y] = [box.x - from.x, box.y - from.y];
    const [along, across] = [x * dx + y * dy, Math.abs(x * dy) + Math.abs(y * dx)];
    if (along <= 1 || (dx === 0 && across > 3 * along) || !visible(place)) return;
    if (along + 3 * across < best[0]) best = [along + 3 * across, place];
  });
  return best[1];
}

// A box in a sentence for a screen reader: its name, its kind, and its numbers at a step.
/**
 * @param {Pick<Vertex, "name" | "node" | "call" | "value" | "kind" | "row" | "first">} vertex
 * @param {number} step
 * @param {string} gradient
 * @param {Record<string, string>} words
 */
export function describe({ name, node, call, value, kind, row, first }, step, gradient, words) {
  if (kind === "disc" && !row) return `${call || name}, ${words.operation}`;
  const box = `${name}, ${node}`;
  if (!value || first > step) return box;
  return fill(gradient ? words.walked_gradient : words.walked_value, { box, value, gradient });
}

// The index of the box under a pixel, -1 for none, among the visible ones.
/**
 * @param {Picture} picture
 * @param {Camera} camera
 * @param {(place: number) => boolean} visible
 * @param {[number, number]} pixel
 */
export function under(picture, camera, visible, [px, py]) {
  const [x, y] = camera.toPicture(px, py);
  return picture.vertices.findIndex(({ box }, place) => visible(place)
    && Math.abs(x - box.x) <= box.width / 2 && Math.abs(y - box.y) <= box.height / 2);
}
