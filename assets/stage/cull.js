// Elements far out of view are removed from the page's layout: a step then costs only what is in
// view, however large the picture is.

/** @import { Box, Vertex } from "../browser.js" */
/** @import { Camera } from "./camera.js" */

const AROUND = 0.5; // in units of the view, at each of its sides: the part that stays
const EARLY = 0.25; // in units of the view: after moving this far it is checked again
const STILL = [0, 0];

// [left, top, right, bottom] of an element that Plotly drew: a path, whose commands all have pairs
// of numbers, or a text, which extends as far as the box it may belong to.
/** @param {Element} made @param {Box} [box] */
function extent(made, box) {
  const path = made.getAttribute("d");
  const [x, y] = ["x", "y"].map((name) => Number(made.getAttribute(name)));
  const numbers = path ? Array.from(path.matchAll(/-?[\d.]+/g), ([number]) => Number(number)) : [x, y];
  if (!path && box) {
    const [wide, high] = [box.body_width / 2, box.body_height / 2];
    numbers.push(box.x - wide, box.y - high, box.x + wide, box.y + high);
  }
  const [xs, ys] = [0, 1].map((axis) => numbers.filter((_, place) => place % 2 === axis));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * @param {Camera} camera
 * @param {(place: number) => void} [back] called for each element that comes back
 */
export function createCull(camera, back) {
  /** @type {SVGElement[]} */
  let elements = []; // Plotly's
  /** @type {number[]} */
  let owners = []; // for each element, the index of its vertex or -1
  let extents = new Float64Array(0); // four numbers each; plain numbers, because this runs while the view moves
  let hidden = new Uint8Array(0);
  /** @type {number[][] | null} */
  let moves = null; // for each vertex, the offset to where it is still visible
  /** @type {{ x: number, y: number, wide: number, high: number } | null} */
  let at = null; // the view at the last check

  function look() {
    const { x, y } = camera;
    const [wide, high] = [camera.width / camera.scale, camera.height / camera.scale];
    if (at && wide === at.wide && high === at.high && Math.abs(x - at.x) < EARLY * wide
      && Math.abs(y - at.y) < EARLY * high) return;
    at = { x, y, wide, high };
    const [left, right] = [x - (0.5 + AROUND) * wide, x + (0.5 + AROUND) * wide];
    const [top, bottom] = [y - (0.5 + AROUND) * high, y + (0.5 + AROUND) * high];
    for (let place = 0; place < hidden.length; place += 1) {
      const [dx, dy] = moves?.[owners[place]] ?? STILL;
      const first = 4 * place;
      const away = extents[first] + Math.min(0, dx) > right || extents[first + 2] + Math.max(0, dx) < left
        || extents[first + 1] + Math.min(0, dy) > bottom || extents[first + 3] + Math.max(0, dy) < top;
      if (away === Boolean(hidden[place])) continue;
      hidden[place] = Number(away);
      elements[place].style.display = away ? "none" : "";
      if (!away) back?.(place);
    }
  }

  return {
    look,

    /** @param {(place: number) => void} visit called for each element that is in the layout */
    each(visit) { hidden.forEach((away, place) => { if (!away) visit(place); }); },

    // The elements that Plotly drew, and their owners.
    /** @param {SVGElement[]} drawn @param {number[]} of @param {Vertex[]} vertices */
    open(drawn, of, vertices) {
      [elements, owners] = [drawn, of];
      hidden = new Uint8Array(drawn.length);
      extents = new Float64Array(drawn.flatMap((made, place) => extent(made, vertices[of[place]]?.box)));
      at = null;
    },

    // Gliding vertices are visible on their way; null once they have arrived.
    /** @param {number[][] | null} next */
    glide(next) {
      moves = next;
      at = null;
      look();
    },
  };
}
