// The result as a curve over one element, and the tangent at a point that can be dragged; with a
// second element, the contour plot over both. `ask({x, y, base})` requests its measurement.

import { element, svg } from "../page/element.js";
import { createContour } from "./contour.js";

/** @import { CurvePoint, Explained, Survey } from "../browser.js" */

const [WIDTH, HEIGHT, MARGIN] = [520, 240, 14];

/** @param {HTMLElement} root @param {Explained} first @param {(pair: Survey) => void} ask */
export function createSlope(root, first, ask) {
  const sides = element("div", "viz-sides", root);
  const side = element("div", "", sides);
  const choices = element("div", "viz-seeding", side);
  const choice = element("select", "viz-choice", choices);
  const second = element("select", "viz-choice", choices);
  const over = element("div", "viz-contour-words", side);
  const words = element("p", "viz-slope-words", side);
  words.setAttribute("aria-live", "polite");
  const pane = element("div", "", sides);
  const other = element("div", "", pane);
  const contour = createContour(other, over);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "viz-slope", "aria-hidden": "true" }, pane);
  const control = element("input", "viz-point", pane);
  control.type = "range";
  control.min = "0";
  let data = first;
  let shown = "";
  /** @type {number | null} */
  let pass = null; // of the present step

  const curve = () => data.curves?.find(({ name }) => name === choice.value);

  // The x at both ends.
  /** @param {CurvePoint[]} points */
  const ends = (points) => [points[0].x ?? NaN, points[points.length - 1].x ?? NaN];

  /** @param {CurvePoint[]} points */
  function scale(points) {
    const ys = points.flatMap(({ y }) => (y === null ? [] : [y]));
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const [first, last] = ends(points);
    return {
      x: (/** @type {number} */ x) => MARGIN + ((x - first) / (last - first || 1)) * (WIDTH - 2 * MARGIN),
      y: (/** @type {number} */ y) => HEIGHT - MARGIN - ((y - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN),
    };
  }

  function draw() {
    const one = curve();
    drawing.replaceChildren();
    words.textContent = one ? "" : data.words[choice.value ? "no_curve_of" : "no_curve"];
    control.hidden = !one;
    drawing.style.display = one ? "" : "none";
    if (!one) return;
    const { points } = one;
    const to = scale(points);
    const known = points.flatMap(({ x, y }) => (x === null || y === null ? [] : [`${to.x(x)},${to.y(y)}`]));
    svg("polyline", { class: "viz-curve", points: known.join(" ") }, drawing);
    const place = Number(control.value);
    const middle = (points.length - 1) / 2;
    const { x, y, slope, x_text: xText, y_text: yText, slope_text: slopeText } = points[place];
    if (x !== null && y !== null) {
      const [first, last] = ends(points);
      /** @param {number} rate @param {string} kind */
      const tangent = (rate, kind) => svg("line", { class: kind, x1: to.x(first), y1: to.y(y + rate * (first - x)),
        x2: to.x(last), y2: to.y(y + rate * (last - x)) }, drawing);
      if (slope !== null) tangent(slope, "viz-tangent");
      if (place === middle && one.gradient !== null) tangent(one.gradient, "viz-tangent viz-held");
      svg("circle", { class: "viz-dot", cx: to.x(x), cy: to.y(y), r: 7 }, drawing);
    }
    /** @type {Record<string, string>} */
    const filled = { name: one.name, root: one.root, x: xText, y: yText, slope: slopeText };
    const sentence = slope === null ? data.words.slope_there_none : data.words.slope_there;
    const there = () => sentence.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ key) => filled[key]);
    words.textContent = place === middle ? one.here : there();
    control.setAttribute("aria-valuetext", words.textContent);
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const one = curve();
    if (!event.buttons || !one) return;
    const box = drawing.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width * WIDTH;
    const share = (part - MARGIN) / (WIDTH - 2 * MARGIN);
    control.value = String(Math.round(share * (one.points.length - 1)));
    draw();
  }
  drawing.addEventListener("pointerdown", (event) => { drawing.setPointerCapture(event.pointerId); drag(event); });
  drawing.addEventListener("pointermove", drag);
  control.addEventListener("input", draw);

  function reset() {
    const one = curve();
    const now = JSON.stringify(one ?? null);
    if (now !== shown) { // a dragged point stays where it is
      shown = now;
      control.max = String(one ? one.points.length - 1 : 0);
      control.value = String(one ? (one.points.length - 1) / 2 : 0);
    }
    draw();
  }

  // The other elements, after "none": the chosen one stays chosen.
  function offer() {
    const names = data.contour?.names ?? [];
    const before = second.value;
    second.replaceChildren();
    element("option", "", second, data.words.no_second).value = "";
    for (const name of names.filter((each) => each !== choice.value)) {
      const option = element("option", "", second, data.words.with_second.replace("{name}", () => name));
      option.value = name;
      option.selected = name === before;
    }
    second.hidden = names.length < 2;
  }

  function pair() {
    other.hidden = over.hidden = !second.value;
    if (!second.value || !data.contour) return;
    const { names, base, asked, drawn } = data.contour;
    const [x, y] = [names.indexOf(choice.value), names.indexOf(second.value)];
    const there = asked !== null && asked[0] === x && asked[1] === y;
    contour.draw(there ? drawn : null, data.words, pass);
    if (!there) ask({ x, y, base });
  }

  choice.addEventListener("change", () => { offer(); reset(); pair(); });
  second.addEventListener("change", pair);

  return {
    // The training path shows the pass of the present step.
    /** @param {number | null} now */
    follow(now) {
      if (now === pass) return;
      pass = now;
      contour.follow(pass);
    },
    /** @param {Explained} next */
    update(next) {
      data = next;
      const before = choice.value;
      choice.replaceChildren();
      choice.setAttribute("aria-label", data.words.element);
      second.setAttribute("aria-label", data.words.second);
      control.setAttribute("aria-label", data.words.point);
      const measured = data.contour?.names ?? [];
      const names = measured.length ? measured : (data.curves ?? []).map(({ name }) => name);
      for (const name of names) {
        const option = element("option", "", choice, name);
        option.value = name;
        option.selected = name === before;
      }
      choice.hidden = names.length < 2;
      offer();
      reset();
      pair();
    },
  };
}
