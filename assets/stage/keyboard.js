// The keys of the stage and their actions.

/** @import { Vertex } from "../browser.js" */

// The name of an action for a key that was pressed on an element with this tag; undefined for none.
// A button keeps its own space, the slider its arrows, a list its letters. A letter also counts by
// its place on the keyboard: 한글 is typed with other letters.
/**
 * @template Action
 * @param {{ key: string, code: string }} event
 * @param {string} tag
 * @param {Record<string, Action>} actions
 */
export function actionOf({ key, code }, tag, actions) {
  const own = (tag === "BUTTON" && key === " ") || (tag === "SELECT" && !"[]".includes(key))
    || (tag === "INPUT" && key.startsWith("Arrow"));
  return own ? undefined : actions[key] ?? actions[code];
}

// Enter opens the selected group or call, Backspace folds the one around: the group as a request, or
// null.
/** @param {string} key @param {Pick<Vertex, "opens" | "within"> | undefined} vertex */
export function groupOf(key, vertex) {
  if (key === "Enter" && vertex?.opens) return vertex.opens;
  if (key === "Backspace" && vertex?.within) return `-${vertex.within}`;
  return null;
}

const WRITTEN = /^(text|search|number|url|email|password|tel)$/;

// Whether a key that was pressed there may be the picture's: not where one writes, nor where the
// element has a use for it.
/** @param {{ key: string, code: string }} event @param {HTMLElement} target */
export function isFree({ key }, target) {
  if (target.isContentEditable || target.tagName === "TEXTAREA") return false;
  if (target.tagName === "INPUT" && WRITTEN.test(/** @type {HTMLInputElement} */ (target).type)) return false;
  const pages = key === "PageUp" || key === "PageDown";
  return pages || !target.closest("button, a, input, select, summary, [role], [tabindex]:not([tabindex='-1'])");
}
