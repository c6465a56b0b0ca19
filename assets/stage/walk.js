// The box that an arrow key leads to, and the one under the pointer.

/** @import { Picture, Vertex } from "../browser.js" */

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

// The index of the nearest box in a direction, among those visible at a step; -1 for none.
/** @param {Vertex[]} vertices @param {{ x: number, y: number }} from @param {string} key @param {number} step */
export function nearest(vertices, from, key, step) {
  const [dx, dy] = DIRECTIONS[key];
  let best = [Infinity, -1];
  vertices.forEach(({ box, first }, place) => {
    const [x, y] = [box.x - from.x, box.y - from.y];
    const [along, aside] = [x * dx + y * dy, Math.abs(x * dy) + Math.abs(y * dx)];
    if (first > step || along <= 1 || (dx === 0 && aside > 3 * along)) return;
    if (along + 3 * aside < best[0]) best = [along + 3 * aside, place];
  });
  return best[1];
}

// The index of the box under a pixel, -1 for none, among those visible at this step.
/** @param {Picture} picture */
export function under(picture, camera, index, [px, py]) {
  const [x, y] = camera.toPicture(px, py);
  return picture.vertices.findIndex(({ box, first }) => first <= index
    && Math.abs(x - box.x) <= box.width / 2 && Math.abs(y - box.y) <= box.height / 2);
}
