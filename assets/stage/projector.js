// For a projector, or an eye that asks for more contrast: larger, and nothing told in grey.
//
// One switch for the whole page, kept while the tab is open; stage.css says what it does.

const PROJECTOR_KEY = "viz-projector";
const STRONG = new Set([
  "edges", "replaces", "heads", "sheets", "groups", "results", "constants", "cut_off", "discs",
  "zeros", "waiting", "above",
]);

function store() {
  try { return window.sessionStorage; } catch { return null; }
}

export const projected = () => document.documentElement.dataset.vizProjector === "true";

export function project(on) {
  document.documentElement.dataset.vizProjector = String(on);
  store()?.setItem(PROJECTOR_KEY, String(on));
}

export function recall() { project(store()?.getItem(PROJECTOR_KEY) === "true"); }

// A layer's style: what is grey in it follows --viz-strong, where that is set.
export function strengthened(name, look) {
  if (!STRONG.has(name)) return look;
  const grey = name === "heads" ? ["stroke", "fill"] : look.stroke ? ["stroke"] : ["fill"];
  return { ...look, ...Object.fromEntries(grey.map((part) => [part, `var(--viz-strong, ${look[part]})`])) };
}
