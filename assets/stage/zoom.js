// The buttons and keys that zoom, and the switch for a projector.

import { element } from "../page/element.js";
import { project, projected, recall } from "./projector.js";

/** @import { Picture } from "../browser.js" */
/** @import { Camera } from "./camera.js" */

/** @typedef {"projector" | "farther" | "fit" | "closer"} Zoom */
const ZOOMS = /** @type {const} */ ([["projector", "◑"], ["farther", "−"], ["fit", "⤢"], ["closer", "+"]]);

/** @param {HTMLElement} parent @param {Camera} camera @param {(name: Zoom) => void} zoomed */
export function createZoom(parent, camera, zoomed) {
  const root = element("div", "viz-zoom", parent);
  /** @type {Record<Zoom, () => void>} */
  const acts = {
    farther: () => camera.zoom(0.8), fit: () => camera.fit(true), closer: () => camera.zoom(1.25),
    projector() { project(!projected()); refresh(); },
  };
  const buttons = /** @type {Record<Zoom, HTMLButtonElement>} */ ({});
  function refresh() {
    camera.projected = projected();
    if (camera.fitted) camera.fit();
    buttons.projector.setAttribute("aria-pressed", String(camera.projected));
  }
  /** @param {Zoom} name */
  function zoom(name) { acts[name](); zoomed(name); }
  for (const [name, sign] of ZOOMS) {
    buttons[name] = element("button", "viz-button", root, sign);
    buttons[name].type = "button";
    buttons[name].addEventListener("click", () => zoom(name));
  }
  recall();
  refresh();
  return {
    root,
    keys: { KeyP: () => zoom("projector"), "+": () => zoom("closer"), "=": () => zoom("closer"), "-": () => zoom("farther"), 0: () => zoom("fit") },
    /** @param {Picture} picture */
    open({ words }) {
      for (const [name, button] of Object.entries(buttons)) {
        button.setAttribute("aria-label", words[name]);
        button.title = words[name];
      }
    },
  };
}
