

/** @import { Camera } from "./camera.js" */
/** @typedef {[number, number]} Place x and y in the frame */// The pointer on the picture: a drag moves it, two fingers and the wheel zoom, a click or a long
// press selects, hovering shows the tip.

const SLACK = 4; // px that still count as a click
const LONG_PRESS_MS = 500;

/**
 * @param {HTMLElement} frame
 * @param {Camera} camera
 * @param {{ look: () => void, choose: (place: Place, event: PointerEvent) => void, hint: (place: Place | null) => void }} act
 */
export function followGestures(frame, camera, { look, choose, hint }) {
  /** @type {Map<number, Place>} */
  const pointers = new Map(); // by id
  let moved = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let held;

  /** @param {MouseEvent} event @returns {Place} */
  function at(event) {
    const rect = frame.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  }
  /** @param {PointerEvent} event */
  function ours({ target }) { return target instanceof Element && !target.closest("button, input, select, .viz-map"); }

  frame.addEventListener("pointerdown", (event) => {
    if (!ours(event) || event.button > 0) return;
    pointers.set(event.pointerId, at(event));
    moved = pointers.size > 1 ? Infinity : 0;
    clearTimeout(held);
    if (event.pointerType === "touch") {
      const place = at(event);
      held = setTimeout(() => { if (moved <= SLACK) { moved = Infinity; hint(place); } }, LONG_PRESS_MS);
    }
    hint(null);
  });
  frame.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const now = at(event);
    if (!before) {
      if (event.pointerType === "mouse" && ours(event)) hint(now);
      return;
    }
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    moved += Math.hypot(dx, dy);
    if (moved <= SLACK) return;
    if (!frame.hasPointerCapture(event.pointerId)) frame.setPointerCapture(event.pointerId);
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const was = Math.hypot(before[0] - other[0], before[1] - other[1]) || 1;
      const is = Math.hypot(now[0] - other[0], now[1] - other[1]) || 1;
      camera.zoom(is / was, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      camera.pan(dx / 2, dy / 2);
    } else camera.pan(dx, dy);
    pointers.set(event.pointerId, now);
    look();
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
    frame.addEventListener(name, (event) => {
      clearTimeout(held);
      if (!pointers.delete(event.pointerId)) return;
      if (name === "pointerup" && moved <= SLACK) choose(at(event), event);
    });
  }
  // Two fingers move and zoom the picture, and not the page with it.
  frame.addEventListener("touchmove", (event) => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
  frame.addEventListener("pointerleave", () => hint(null));
  // The wheel alone scrolls the page; with Ctrl (and so a touchpad's pinch) it zooms.
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    camera.zoom(Math.exp(-event.deltaY / 200), ...at(event));
    look();
  }, { passive: false });
}
