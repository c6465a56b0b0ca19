// An operation in the inspector: its equation, the rule of its derivative, at a backward step its
// product in numbers, and, if it works element by element, its curve with the tangents at the elements
// of this run.

import { element, svg } from "../page/element.js";
import { line as written, math } from "./formula.js";

/** @import { OperationCurve, Vertex, Written } from "../browser.js" */

const [WIDTH, HEIGHT, MARGIN] = [220, 110, 8];

/** @param {OperationCurve} curve @param {HTMLElement} parent */
function draw(curve, parent) {
  const known = curve.y.filter((y) => y !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const [first, last] = [curve.x[0], curve.x[curve.x.length - 1]];
  /** @param {number} x */
  const left = (x) => MARGIN + ((x - first) / (last - first || 1)) * (WIDTH - 2 * MARGIN);
  /** @param {number} y */
  const top = (y) => HEIGHT - MARGIN - ((y - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "viz-operation-curve", "aria-hidden": "true" }, parent);
  /** @type {string[]} */
  let line = [];
  const end = () => {
    if (line.length > 1) svg("polyline", { class: "viz-operation-line", points: line.join(" ") }, drawing);
    line = [];
  };
  curve.x.forEach((x, place) => {
    const y = curve.y[place];
    if (y === null) end();
    else line.push(`${left(x)},${top(y)}`);
  });
  end();
  const reach = (last - first) / 6;
  for (const { x, y, slope } of curve.here) {
    if (slope !== null) {
      svg("line", { class: "viz-operation-tangent", x1: left(x - reach), y1: top(y - slope * reach),
        x2: left(x + reach), y2: top(y + slope * reach) }, drawing);
    }
    svg("circle", { class: "viz-operation-dot", cx: left(x), cy: top(y), r: 4 }, drawing);
  }
}

/** @param {Vertex} vertex @param {readonly string[]} formulas @param {readonly (Written | null)[]} product */
export function operation(vertex, formulas, product) {
  if (!vertex.rules?.length && !vertex.curve && !product.length) return [];
  const figure = element("figure", "viz-operation");
  if (vertex.curve) draw(vertex.curve, figure);
  const caption = element("figcaption", "", figure);
  const rules = element("div", "viz-operation-rules", caption);
  for (const rule of vertex.rules ?? []) {
    const line = element("div", "", rules);
    line.append(math(formulas[rule]));
    line.firstElementChild?.setAttribute("displaystyle", "true");
  }
  if (product.length) written(product, formulas, element("div", "viz-operation-product", caption));
  if (vertex.curve) element("p", "viz-hint", caption, vertex.curve.text);
  return [figure];
}
