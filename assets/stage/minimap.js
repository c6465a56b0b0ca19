// The whole picture small, with the visible part; only shown if a part is out of view.

import { svg } from "../page/element.js";

/** @import { Picture } from "../browser.js" */
/** @import { Camera } from "./camera.js" */

const WIDTH = 150; // maximum px
const HEIGHT = 30;

/** @param {HTMLElement} parent @param {Camera} camera @param {() => void} look */
export function createMap(parent, camera, look) {
  const root = svg("svg", { class: "viz-map", "aria-hidden": "true" }, parent);
  const boxes = svg("path", { class: "viz-map-boxes" }, root);
  const view = svg("rect", { class: "viz-map-view" }, root);
  let dragging = false;

  /** @param {PointerEvent} event */
  function move(event) {
    const rect = root.getBoundingClientRect();
    camera.x = ((event.clientX - rect.left) / rect.width) * camera.picture.width;
    camera.y = ((event.clientY - rect.top) / rect.height) * camera.picture.height;
    camera.fitted = camera.kept = false;
    look();
  }
  root.addEventListener("pointerdown", (event) => {
    dragging = true;
    root.setPointerCapture(event.pointerId);
    move(event);
  });
  root.addEventListener("pointermove", (event) => { if (dragging) move(event); });
  for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, () => { dragging = false; });

  return {
    /** @param {Picture} picture */
    open(picture) {
      const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height) || 1;
      root.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
      root.style.width = `${Math.max(24, picture.width * scale)}px`;
      root.style.height = `${Math.max(12, picture.height * scale)}px`;
      boxes.setAttribute("d", picture.vertices.map(({ box: { x, y, body_width: w, body_height: h } }) =>
        `M${x - w / 2} ${y - h / 2}h${w}v${h}h${-w}z`).join(""));
    },

    look() {
      const [w, h] = [camera.width / camera.scale, camera.height / camera.scale];
      const all = w >= camera.picture.width * 0.98 && h >= camera.picture.height * 0.98;
      root.style.display = all ? "none" : "";
      for (const [name, value] of Object.entries({ x: camera.x - w / 2, y: camera.y - h / 2, width: w, height: h })) {
        view.setAttribute(name, String(value));
      }
    },
  };
}
