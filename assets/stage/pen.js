// A presenter's pen: strokes over the whole screen to point with. They fade when the next step comes,
// and are never stored.

import { element, svg } from "../page/element.js";

/** @import { Picture } from "../browser.js" */
/** @typedef {[number, number]} Place */

const NEAR = 2; // px: a point closer to the last one adds nothing
const FADE_MS = 500;

// A stroke as an SVG path: a curve through the middles of its segments, so that a hand's corners
// are round. One point is a dot.
/** @param {Place[]} points */
export function pathOf(points) {
  const [[x, y], ...rest] = points;
  const end = rest.at(-1) ?? [x, y];
  const curves = rest.slice(0, -1).map(([u, v], at) => {
    const [s, t] = rest[at + 1];
    return `Q${u},${v} ${(u + s) / 2},${(v + t) / 2}`;
  });
  return `M${x},${y}${curves.join("")}L${end[0]},${end[1]}`;
}

// True if a point is far enough from the last one to belong to the stroke.
/** @param {Place[]} points @param {Place} point */
export const adds = (points, [x, y]) => {
  const last = points.at(-1);
  return !last || Math.hypot(x - last[0], y - last[1]) >= NEAR;
};

/** @param {HTMLElement} root */
export function createPen(root) {
  const button = /** @type {HTMLButtonElement} */ (element("button", "viz-button viz-pen", root));
  button.type = "button";
  svg("path", { d: "M4 20l1-5L16 4l4 4L9 19z", fill: "none" },
    svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button));
  const sheet = svg("svg", { class: "viz-strokes", "aria-hidden": "true" }, root);
  /** @type {Map<number, { points: Place[], path: SVGElement }>} */
  const drawn = new Map(); // by pointer, while it is down
  let step = -1;
  put(false);

  /** @param {boolean} wanted */
  function put(wanted) {
    if (wanted) root.dataset.pen = "true";
    else delete root.dataset.pen;
    button.setAttribute("aria-pressed", String(wanted));
    if (!wanted) clear();
  }
  const on = () => root.dataset.pen === "true";

  function clear() {
    drawn.clear();
    sheet.replaceChildren();
  }

  async function fade() {
    drawn.clear();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const strokes = [...sheet.children];
    await Promise.allSettled(strokes.map(
      (stroke) => stroke.animate({ opacity: [1, 0] }, { duration: still ? 0 : FADE_MS }).finished));
    for (const stroke of strokes) stroke.remove();
  }

  /** @param {PointerEvent} event @returns {Place} */
  function at(event) {
    const { left, top } = sheet.getBoundingClientRect();
    return [Math.round(event.clientX - left), Math.round(event.clientY - top)];
  }

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    event.preventDefault(); // selects no text
    sheet.setPointerCapture(event.pointerId);
    const points = [at(event)];
    drawn.set(event.pointerId, { points, path: svg("path", { d: pathOf(points) }, sheet) });
  });
  sheet.addEventListener("pointermove", (event) => {
    const stroke = drawn.get(event.pointerId);
    if (!stroke) return;
    // All places since the last frame, where the browser keeps them.
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const place of (passed.length ? passed : [event]).map(at)) {
      if (adds(stroke.points, place)) stroke.points.push(place);
    }
    stroke.path.setAttribute("d", pathOf(stroke.points));
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
    sheet.addEventListener(name, (event) => drawn.delete(event.pointerId));
  }
  button.addEventListener("click", () => put(!on()));

  return {
    on,
    put,
    toggle: () => put(!on()),
    clear,
    /** @param {number} next */
    show(next) {
      if (next !== step && sheet.childElementCount) fade();
      step = next;
    },
    /** @param {Picture} picture */
    open({ words }) {
      button.setAttribute("aria-label", words.pen);
      button.title = words.pen;
    },
  };
}
