// The window events between panels. viz_app/browser.py documents their details.

/** @import { Events, Live } from "../browser.js" */

// Drawing a picture takes a moment, and the other panels must wait for it to show the same number.
// The panel that draws it sets `taken` and calls `done` afterwards.
/** @typedef {{ live: Live | null, done: () => void, taken: boolean }} Draw */
/** @typedef {Events & { "viz:draw": Draw }} AllEvents */

// A state that holds until it changes: a panel that loads late, on a slow line, receives it at once.
// Each panel is a bundle of its own, so the window keeps it.
const LASTING = ["viz:step", "viz:view", "viz:goal", "viz:asks"];
/** @returns {Record<string, unknown>} */
function lasting() {
  const keeper = /** @type {Window & { vizLasting?: Record<string, unknown> }} */ (window);
  return (keeper.vizLasting ??= {});
}

/**
 * @template {keyof AllEvents} Name
 * @param {Name} name
 * @param {AllEvents[Name]} detail
 */
export function dispatch(name, detail) {
  if (LASTING.includes(name)) lasting()[name] = detail;
  window.dispatchEvent(new CustomEvent(name, { detail }));
}

/**
 * Listen to events: each function is called with the detail of its event. Returns a function that ends it.
 * @param {{ [Name in keyof AllEvents]?: (detail: AllEvents[Name]) => void }} listeners
 */
export function listen(listeners) {
  const added = Object.entries(listeners).map(([name, act]) => {
    const call = /** @type {(detail: unknown) => void} */ (act);
    const listener = (/** @type {Event} */ event) => call(/** @type {CustomEvent} */ (event).detail);
    window.addEventListener(name, listener);
    return { name, listener };
  });
  let listening = true;
  // After the panel that asks has been given its own data.
  queueMicrotask(() => {
    for (const { name, listener } of added) {
      const detail = lasting()[name];
      if (detail && listening) listener(new CustomEvent(name, { detail }));
    }
  });
  return () => {
    listening = false;
    for (const { name, listener } of added) window.removeEventListener(name, listener);
  };
}
