// The buttons and keys that zoom.

import { element } from "../page/element.js";

const ZOOMS = [["farther", "−"], ["fit", "⤢"], ["closer", "+"]];

export function createZoom(parent, camera, zoomed) {
  const root = element("div", "viz-zoom", parent);
  const acts = {
    farther: () => camera.zoom(0.8), fit: () => camera.fit(0), closer: () => camera.zoom(1.25),
  };
  const buttons = {};
  function zoom(name) { acts[name](); zoomed(name); }
  for (const [name, sign] of ZOOMS) {
    buttons[name] = element("button", "viz-button", root, sign);
    buttons[name].type = "button";
    buttons[name].addEventListener("click", () => zoom(name));
  }
  return {
    root,
    keys: { "+": () => zoom("closer"), "=": () => zoom("closer"), "-": () => zoom("farther"), 0: () => zoom("fit") },
    open({ words }) {
      for (const [name, button] of Object.entries(buttons)) {
        button.setAttribute("aria-label", words[name]);
        button.title = words[name];
      }
    },
  };
}
