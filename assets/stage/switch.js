// A switch of the picture's view: PyTorch's names of the operations instead of the program's own
// (AddBackward0), a picture without constants.
//
// It is an attribute of the page. The browser remembers the choice, a link has it.

import { element } from "../page/element.js";
import { lasting } from "../page/store.js";

/**
 * @param {HTMLElement} parent
 * @param {string} key of its attribute ("vizNames" is data-viz-names) and in the browser's storage
 * @param {[string, string]} values of the attribute, off and on
 * @param {() => void} changed
 */
export function createSwitch(parent, key, values, changed) {
  const [off, on] = values;
  const button = element("button", "viz-switch", parent);
  button.type = "button";
  const page = document.documentElement;
  const isOn = () => page.dataset[key] === on;

  /** @param {boolean} wanted */
  function choose(wanted) {
    page.dataset[key] = wanted ? on : off;
    button.setAttribute("aria-pressed", String(wanted));
  }
  button.addEventListener("click", () => {
    choose(!isOn());
    try { lasting()?.setItem(key, isOn() ? on : off); } catch { /* it is full: not remembered */ }
    changed();
  });

  return {
    on: isOn,
    /** @param {string} text @param {string} title @param {boolean} needed */
    open(text, title, needed) {
      button.textContent = text;
      button.title = title;
      button.setAttribute("aria-label", title);
      button.hidden = !needed;
    },
    // By the link, or as this browser remembers it.
    /** @param {boolean} asked */
    apply(asked) { choose(asked || lasting()?.getItem(key) === on); },
  };
}
