// The result over two elements: contour lines, the negative gradient, the training path.

import { element, svg } from "../page/element.js";
import { fill } from "../page/words.js";

/** @import { Explained, Plot } from "../browser.js" */

const HEAD = 9;

/** @param {HTMLElement} pane @param {HTMLElement} words */
export function createContour(pane, words) {
  const busy = element("div", "viz-measuring", pane);
  busy.setAttribute("role", "status");
  const waiting = element("p", "viz-note", busy);
  const bar = element("progress", "", busy);
  bar.setAttribute("aria-hidden", "true");
  const drawing = svg("svg", { class: "viz-contour", role: "img" }, pane);
  const ring = svg("circle", { class: "viz-pass-now", r: 10 });
  const now = element("p", "viz-pass-words");

  /**
   * @param {string} className
   * @param {number} x
   * @param {number} y
   * @param {string} anchor
   * @param {string} written
   * @param {Record<string, string>} more attributes
   */
  function text(className, x, y, anchor, written, more = {}) {
    const made = svg("text", { class: className, x, y, "text-anchor": anchor, ...more }, drawing);
    made.textContent = written;
  }

  /** @param {Plot} plot */
  function draw({ whole, inner, names, ticks, defined, bands, lines, labels, point, arrow, way }) {
    const { x: left, y: top, width, height } = inner;
    const [bottom, right] = [top + height, left + width];
    const frame = { x: left, y: top, width, height };
    drawing.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`);
    if (defined !== null) {
      svg("rect", { class: "viz-undefined", ...frame }, drawing);
      svg("path", { class: "viz-defined", d: defined }, drawing);
    }
    for (const d of bands) svg("path", { class: "viz-band", d, "fill-rule": "evenodd" }, drawing);
    for (const d of lines) svg("path", { class: "viz-level", d }, drawing);
    for (const { at: x, text: written } of ticks[0]) {
      svg("line", { class: "viz-tick", x1: x, y1: bottom, x2: x, y2: bottom + 4 }, drawing);
      text("viz-tick-text", x, bottom + 15, "middle", written);
    }
    for (const { at: y, text: written } of ticks[1]) {
      svg("line", { class: "viz-tick", x1: left - 4, y1: y, x2: left, y2: y }, drawing);
      text("viz-tick-text", left - 7, y + 4, "end", written);
    }
    svg("rect", { class: "viz-plot-frame", ...frame }, drawing);
    text("viz-axis", left + width / 2, bottom + 31, "middle", names[0]);
    text("viz-axis", 12, top + height / 2, "middle", names[1],
      { transform: `rotate(-90 12 ${top + height / 2})` });
    for (const { x, y, text: written } of labels) text("viz-height", x, y + 4, "middle", written);
    const last = way.at(-1);
    if (last) {
      svg("polyline", { class: "viz-trail", points: way.map((at) => at.join()).join(" ") }, drawing);
      for (const [cx, cy] of way) svg("circle", { class: "viz-pass-dot", cx, cy, r: 2.2 }, drawing);
      svg("circle", { class: "viz-pass-dot", cx: last[0], cy: last[1], r: 4.5 }, drawing);
    }
    if (arrow) pointing(point, arrow, left, right);
    svg("circle", { class: "viz-dot", cx: point[0], cy: point[1], r: 6 }, drawing);
  }

  /** @param {number[]} from @param {number[]} to @param {number} left @param {number} right */
  function pointing([x, y], [tipX, tipY], left, right) {
    const length = Math.hypot(tipX - x, tipY - y);
    const [ux, uy] = [(tipX - x) / length, (tipY - y) / length];
    const [baseX, baseY] = [tipX - ux * HEAD, tipY - uy * HEAD];
    svg("line", { class: "viz-downhill", x1: x, y1: y, x2: baseX, y2: baseY }, drawing);
    const side = HEAD * 0.55;
    svg("polygon", { class: "viz-downhill-head", points:
      `${tipX},${tipY} ${baseX - uy * side},${baseY + ux * side} ${baseX + uy * side},${baseY - ux * side}` },
    drawing);
    const anchor = tipX < left + 40 ? "start" : tipX > right - 40 ? "end" : "middle";
    text("viz-downhill-text", tipX, tipY + (uy > 0 ? 16 : -7), anchor, "−∇");
  }

  // The point of the path at which the present pass begins.
  /** @type {Plot | null} */
  let plot = null;
  let sentence = "";
  /** @param {number | null} pass */
  function follow(pass) {
    const point = plot?.reached.find(({ number }) => number === pass);
    ring.remove();
    now.textContent = point ? fill(sentence, { number: point.number, point: point.text }) : "";
    now.hidden = !point;
    if (!plot || !point) return;
    const [cx, cy] = plot.way[point.place];
    ring.setAttribute("cx", String(cx));
    ring.setAttribute("cy", String(cy));
    drawing.append(ring);
  }

  return {
    follow,
    // `drawn` is null while it is being measured.
    /** @param {NonNullable<Explained["contour"]>["drawn"]} drawn @param {Record<string, string>} texts @param {number | null} pass */
    draw(drawn, texts, pass) {
      plot = drawn?.whole ? drawn : null;
      sentence = texts.contour_pass;
      now.remove();
      busy.hidden = drawn !== null;
      waiting.textContent = drawn === null ? texts.measuring : "";
      drawing.replaceChildren();
      words.replaceChildren();
      drawing.style.display = drawn?.whole ? "" : "none";
      drawing.setAttribute("aria-label", [texts.contour, ...(drawn?.text ?? [])].join(" "));
      if (drawn?.why) element("p", "viz-note", words, drawn.why);
      if (!drawn?.whole) return;
      draw(drawn);
      for (const one of drawn.text) element("p", "", words, one);
      words.prepend(now);
      follow(pass);
    },
  };
}
