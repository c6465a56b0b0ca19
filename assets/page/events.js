// The window events between panels. viz_app/browser.py documents their details.

/** @import { Events, Live } from "../browser.js" */

// Drawing a picture takes a moment, and the other panels must wait for it to show the same number.
// The panel that draws it sets `taken` and calls `done` afterwards.
/** @typedef {{ live: Live | null, done: () => void, taken: boolean }} Draw */
/** @typedef {Events & { "viz:draw": Draw }} Told */

// A state that holds until it changes: a panel that loads late, on a slow line, receives it at once.
// Each panel is a bundle of its own, so the window keeps it.
const LASTING = ["viz:step", "viz:view", "viz:goal", "viz:asks"];
/** @returns {Record<string, unknown>} */
function said() {
  const keeper = /** @type {Window & { vizSaid?: Record<string, unknown> }} */ (window);
  return (keeper.vizSaid ??= {});
}

/**
 * @template {keyof Told} Name
 * @param {Name} name
 * @param {Told[Name]} detail
 */
export function say(name, detail) {
  if (LASTING.includes(name)) said()[name] = detail;
  window.dispatchEvent(new CustomEvent(name, { detail }));
}

/**
 * Calls what is given for an event with what it tells; gives back what ends that.
 * @param {{ [Name in keyof Told]?: (detail: Told[Name]) => void }} heard
 */
export function hear(heard) {
  const listeners = Object.entries(heard).map(([name, act]) => {
    const tell = /** @type {(detail: unknown) => void} */ (act);
    const listener = (/** @type {Event} */ event) => tell(/** @type {CustomEvent} */ (event).detail);
    window.addEventListener(name, listener);
    return { name, listener };
  });
  let hears = true;
  // After the panel that asks has been given its own data.
  queueMicrotask(() => {
    for (const { name, listener } of listeners) {
      const detail = said()[name];
      if (detail && hears) listener(new CustomEvent(name, { detail }));
    }
  });
  return () => {
    hears = false;
    for (const { name, listener } of listeners) window.removeEventListener(name, listener);
  };
}
