// MathML built element by element: an element that is not on the list is left out, its text stays
// text.

import { element } from "../page/element.js";

/** @import { Written } from "../browser.js" */

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_ELEMENTS = new Set(["math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub",
  "msubsup", "mover", "munder", "munderover", "msqrt", "mroot", "mspace", "mstyle", "mpadded", "mtable",
  "mtr", "mtd"]);
const MATH_ATTRIBUTES = new Set(["display", "displaystyle", "scriptlevel", "stretchy", "mathvariant",
  "accent", "width", "form", "fence", "lspace", "rspace", "movablelimits", "largeop"]);

// `shown`: in the size of a formula on a line of its own.
/** @param {string} source @param {boolean} [shown] @param {string} [className] */
export function math(source, shown, className) {
  /** @param {ChildNode} node @returns {Element | DocumentFragment | Text} */
  function copy(node) {
    if (node instanceof Text) return document.createTextNode(node.data);
    const children = [...node.childNodes].map(copy);
    if (!(node instanceof Element) || !MATH_ELEMENTS.has(node.localName)) {
      const made = document.createDocumentFragment();
      made.append(...children);
      return made;
    }
    const made = document.createElementNS(MATHML, node.localName);
    for (const { name, value } of node.attributes) {
      if (MATH_ATTRIBUTES.has(name)) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }
  const made = copy(new DOMParser().parseFromString(source, "application/xml").documentElement);
  if (made instanceof Element) {
    if (shown) made.setAttribute("displaystyle", "true");
    if (className) made.setAttribute("class", className);
  }
  return made;
}

// The parts of a formula, each in its colour; null ends a line.
/** @param {readonly (Written | null)[]} parts @param {readonly string[]} formulas @param {HTMLElement} parent */
export function line(parts, formulas, parent) {
  for (const one of parts) {
    if (one === null) element("br", "", parent);
    else parent.append(math(formulas[one.formula], true, `tone-${one.tone}`), " ");
  }
}
