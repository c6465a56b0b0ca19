// MathML built element by element: an element that is not on the list is left out, its text stays
// text.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_ELEMENTS = new Set(["math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub",
  "msubsup", "mover", "munder", "munderover", "msqrt", "mroot", "mspace", "mstyle", "mpadded", "mtable",
  "mtr", "mtd"]);
const MATH_ATTRIBUTES = new Set(["display", "displaystyle", "scriptlevel", "stretchy", "mathvariant",
  "accent", "width", "form", "fence", "lspace", "rspace", "movablelimits", "largeop"]);

export function math(source) {
  function copy(node) {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
    const known = node.nodeType === Node.ELEMENT_NODE && MATH_ELEMENTS.has(node.localName);
    const made = known ? document.createElementNS(MATHML, node.localName) : document.createDocumentFragment();
    if (known) {
      for (const { name, value } of node.attributes) {
        if (MATH_ATTRIBUTES.has(name)) made.setAttribute(name, value);
      }
    }
    made.append(...[...node.childNodes].map(copy));
    return made;
  }
  return copy(new DOMParser().parseFromString(source, "application/xml").documentElement);
}
