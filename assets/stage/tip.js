// The tip over the box under the pointer: name, grad_fn, value and gradient.

import { element } from "../page/element.js";

/** @import { Picture } from "../browser.js" */
/** @import { Camera } from "./camera.js" */

/** @param {HTMLElement} frame @param {Camera} camera @param {ReturnType<typeof import("./panels.js").createPanels>} panels */
export function createTip(frame, camera, panels) {
  const tip = element("div", "viz-tip", frame);
  tip.hidden = true;
  /** @type {Picture | null} */
  let picture = null;

  return {
    /** @param {Picture} next */
    open(next) { picture = next; },
    // Show the vertex with this index in the picture, -1 for none, at a step.
    /** @param {number} place @param {number} step */
    show(place, step) {
      const vertex = picture?.vertices[place];
      tip.hidden = !vertex;
      frame.classList.toggle("viz-over", Boolean(vertex));
      if (!vertex) return;
      const gradient = panels.gradientOf(place, step);
      tip.replaceChildren(element("strong", "", null, vertex.name));
      if (vertex.grad_fn) element("span", "tone-muted", tip, vertex.grad_fn);
      if (vertex.value) element("span", "tone-value", tip, vertex.value);
      if (gradient) element("span", "tone-gradient", tip, `∇ ${gradient}`);
      const [x, y] = camera.toPixel(vertex.box.x, vertex.box.y - vertex.box.height / 2);
      tip.style.left = `${Math.max(90, Math.min(camera.width - 90, x))}px`;
      tip.style.top = `${Math.max(tip.offsetHeight + 4, y - 6)}px`;
    },
  };
}
