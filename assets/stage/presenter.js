// Presenter mode: the picture, its caption and the line of code over the whole screen, and nothing
// else. The controls appear while the pointer moves. stage.css has the hidden parts and the sizes.

import { element, svg } from "../page/element.js";

/** @import { Picture } from "../browser.js" */

const POINTED_MS = 2500; // ms that the controls stay after the pointer has stopped

/** @param {HTMLElement} root @param {HTMLElement} parent @param {() => void} changed */
export function createPresenter(root, parent, changed) {
  const enter = element("button", "viz-button viz-present", parent);
  svg("path", { d: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5", fill: "none" },
    svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, enter));
  const leave = element("button", "viz-button viz-leave", root, "×");
  for (const button of [enter, leave]) button.type = "button";
  const page = document.documentElement;
  let timer = 0;

  const on = () => page.dataset.vizPresenting === "true";

  /** @param {boolean} wanted */
  function present(wanted) {
    if (wanted === on()) return;
    if (wanted) page.dataset.vizPresenting = "true";
    else delete page.dataset.vizPresenting;
    changed();
  }

  // Full screen needs a press of the visitor's; without it the picture fills the page.
  function toggle() {
    present(!on());
    if (on()) page.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    root.focus();
  }

  function point() {
    if (!on()) return;
    root.dataset.pointed = "true";
    clearTimeout(timer);
    timer = setTimeout(() => { delete root.dataset.pointed; }, POINTED_MS);
  }

  const onFull = () => { if (!document.fullscreenElement) present(false); };
  document.addEventListener("fullscreenchange", onFull);
  root.addEventListener("pointermove", point);
  enter.addEventListener("click", toggle);
  leave.addEventListener("click", toggle);

  return {
    on,
    present,
    toggle,
    /** @param {Picture} picture */
    open({ words }) {
      for (const { button, name } of [{ button: enter, name: "present" }, { button: leave, name: "present_leave" }]) {
        button.setAttribute("aria-label", words[name]);
        button.title = words[name];
      }
    },
    end() {
      clearTimeout(timer);
      document.removeEventListener("fullscreenchange", onFull);
      present(false);
    },
  };
}
