// The keys of the stage: those of the picture while it has the focus, and a clicker's from anywhere
// outside a text field.

import { actionOf, groupOf, isFree } from "./keyboard.js";

/** @import { Vertex } from "../browser.js" */
/** @typedef {{ [key: string]: (() => void) | undefined }} Actions */

const CLICKER = [" ", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"];

/**
 * @param {HTMLElement} root
 * @param {{ ready: () => boolean, present: () => Vertex | undefined, fold: (request: string) => void,
 *   walk: (key: string) => void, leave: () => (() => void) | null, every: () => Actions,
 *   presented: () => Actions }} stage `leave` ends the selection, if there is one; `presented` are
 *   the keys of presenter mode
 */
export function createShortcuts(root, { ready, present, fold, walk, leave, every, presented }) {
  /** @param {KeyboardEvent} event */
  const ours = (event) => ready() && !event.ctrlKey && !event.metaKey && !event.altKey;

  /** @param {KeyboardEvent} event @param {HTMLElement} target @returns {(() => void) | null | undefined} */
  function find(event, target) {
    const own = target === root;
    if (event.shiftKey && event.key.startsWith("Arrow")) return () => walk(event.key);
    const group = own ? groupOf(event.key, present()) : null;
    if (group !== null) return () => fold(group);
    const ends = own && event.key === "Escape" ? leave() : null;
    return ends ?? actionOf(event, target.tagName, { ...every(), ...presented() });
  }

  /** @param {KeyboardEvent} event */
  function onOwn(event) {
    if (!ours(event)) return;
    const action = find(event, /** @type {HTMLElement} */ (event.target));
    if (!action) return;
    event.preventDefault();
    action();
  }

  // A presenter's clicker, and whoever has pressed nothing yet: these keys need no focus.
  /** @param {KeyboardEvent} event */
  function onAny(event) {
    if (!ours(event) || event.defaultPrevented || event.shiftKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (root.contains(target) || !isFree(event, target) || document.querySelector("dialog[open]")) return;
    const clicks = Object.fromEntries(Object.entries(every()).filter(([key]) => CLICKER.includes(key)));
    const action = actionOf(event, target.tagName, { ...clicks, ...presented() });
    if (!action) return;
    event.preventDefault();
    action();
  }

  root.addEventListener("keydown", onOwn);
  document.addEventListener("keydown", onAny);
  return () => document.removeEventListener("keydown", onAny);
}
