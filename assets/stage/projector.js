// For a projector, or for people who need more contrast: larger, and nothing shown in grey only.
//
// One switch for the whole page, kept while the tab is open; stage.css has its effects.

import { ofTab } from "../page/store.js";

/** @import { Layer } from "../browser.js" */

const PROJECTOR_KEY = "viz-projector";

export const projected = () => document.documentElement.dataset.vizProjector === "true";

/** @param {boolean} on */
export function project(on) {
  document.documentElement.dataset.vizProjector = String(on);
  ofTab()?.setItem(PROJECTOR_KEY, String(on));
}

export function recall() { project(ofTab()?.getItem(PROJECTOR_KEY) === "true"); }

// A layer's style: its strong properties follow --viz-strong, if that is set.
/** @param {Layer} layer */
export function strengthened({ style, strong = [] }) {
  return { ...style, ...Object.fromEntries(strong.map((part) => [part, `var(--viz-strong, ${style[part]})`])) };
}
