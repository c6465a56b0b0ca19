// A box that opens next to its anchor, over everything else. The browser closes it at Escape and at
// a click elsewhere, and returns the focus.

import { element } from "../page/element.js";

const GAP = 4; // px between the box and its anchor
const EDGE = 8; // px that stay free at the window's edge

/** @param {HTMLElement} root @param {string} className */
export function createPopover(root, className) {
  const box = element("div", `viz-popover ${className}`, root);
  box.setAttribute("popover", "auto");
  box.setAttribute("role", "dialog");
  box.tabIndex = -1;
  /** @type {Pick<DOMRect, "top" | "right" | "bottom" | "left">} */
  let anchor = new DOMRect();

  function place() {
    const { width, height } = box.getBoundingClientRect();
    const [bottom, right] = [innerHeight - EDGE, innerWidth - EDGE];
    const below = anchor.bottom + GAP + height <= bottom;
    // Without room below, it is placed next to its anchor, not over it.
    const beside = !below && anchor.right + GAP + width <= right;
    const top = below ? anchor.bottom + GAP : beside ? anchor.top : anchor.top - GAP - height;
    const left = beside ? anchor.right + GAP : anchor.left;
    box.style.left = `${Math.max(EDGE, Math.min(left, right - width))}px`;
    box.style.top = `${Math.max(EDGE, Math.min(top, bottom - height))}px`;
  }

  return {
    box,
    get isOpen() { return box.matches(":popover-open"); },
    /** @param {string} label @param {Pick<DOMRect, "top" | "right" | "bottom" | "left">} rectangle */
    open(label, rectangle) {
      anchor = rectangle;
      box.setAttribute("aria-label", label);
      if (!this.isOpen) box.showPopover();
      place();
      box.focus();
    },
    // After its content changed.
    place() { if (this.isOpen) place(); },
    close() { if (this.isOpen) box.hidePopover(); },
  };
}
