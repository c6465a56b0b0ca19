// Pictures made for an operation, beside the picture of the run: a kernel that slides over its input, the bars of
// a softmax, the arcs of an attention, the rows of an embedding, the iterations of a loop, a classifier's plane. All
// numbers are texts of the run; nothing is computed here but tints and lengths.

import { element, svg } from "../page/element.js";
import { fill } from "../page/words.js";

/** @import { AttentionView, BarsView, BoundaryView, ConvolutionView, IterationsView, Picture, RowsView, Vertex } from "../browser.js" */

const WRITTEN = 6; // columns of a grid whose numbers are written
const [WIDE, HIGH, SPOT] = [52, 20, 9]; // px: an element with its number, and without
const TERMS = 6; // terms of a sum that are written out
const BAR = 92; // px

/** @typedef {readonly (readonly string[])[]} Grid */
/** @typedef {readonly [number, number]} Pair */
/** @typedef {Readonly<Record<string, string>>} Words */
/** @typedef {Map<string, number>} Kept chosen places, by view */
/** @typedef {{ view: Picture["views"][number], known: boolean, id: string, words: Words }} Seen */

/** The elements that a place of the result, or a number of the kernel, is made of.
 * @param {Pair} size rows and columns of the image
 * @param {Pair} at the place of the result @param {Pair} tap the place in the kernel
 * @param {Pick<ConvolutionView, "stride" | "padding" | "dilation">} view
 * @returns {Pair | null} null outside the image */
export function under(size, at, tap, { stride, padding, dilation }) {
  const found = [0, 1].map((side) => at[side] * stride[side] + tap[side] * dilation[side] - padding[side]);
  return found.every((place, side) => place >= 0 && place < size[side]) ? [found[0], found[1]] : null;
}

/** A sum of products as it is read, cut after some terms.
 * @param {readonly (readonly [string, string])[]} terms @param {string} more
 * @param {string} rest what is added at the end, "" for nothing */
export function sum(terms, more, rest = "") {
  const written = terms.slice(0, TERMS).map((pair) => pair.map(bracketed).join("·"));
  if (terms.length > TERMS) written.push(fill(more, { count: terms.length - TERMS }));
  if (rest) written.push(bracketed(rest));
  return written.join(" + ") || "0";
}

const bracketed = (/** @type {string} */ text) => (text.startsWith("-") ? `(${minus(text)})` : text);
const minus = (/** @type {string} */ text) => text.replace("-", "−");
const sizeOf = (/** @type {Grid} */ grid) => /** @type {Pair} */ ([grid.length, grid[0]?.length ?? 0]);
/** @param {Pair} size */
const pairs = ([rows, columns]) => Array.from({ length: rows * columns },
  (_, place) => /** @type {Pair} */ ([Math.floor(place / columns), place % columns]));

/** @param {Grid} grid @param {string} tone value or gradient @param {HTMLElement} parent */
function matrix(grid, tone, parent, most = 0) {
  const [rows, columns] = sizeOf(grid);
  const written = Math.max(rows, columns) <= WRITTEN;
  const [wide, high] = written ? [WIDE, HIGH] : [SPOT, SPOT];
  const drawing = svg("svg", { viewBox: `-1 -1 ${columns * wide + 2} ${rows * high + 2}`, width: columns * wide + 2,
    height: rows * high + 2, class: `viz-view-grid viz-view-${tone}`, "aria-hidden": "true" }, parent);
  const largest = most || Math.max(...grid.flat().map((text) => Math.abs(Number(text)) || 0), 0) || 1;
  return grid.map((row, y) => row.map((text, x) => {
    const value = Number(text);
    const part = Number.isFinite(value) ? Math.min(1, Math.abs(value) / largest) : 1;
    const cell = svg("rect", { x: x * wide, y: y * high, width: wide, height: high,
      class: value < 0 ? "viz-view-minus" : "viz-view-plus",
      "fill-opacity": (written ? 0.05 + 0.37 * part : 0.06 + 0.84 * part).toFixed(2) }, drawing);
    if (written) {
      svg("text", { x: (x + 0.5) * wide, y: (y + 0.5) * high }, drawing).textContent = minus(text);
    } else svg("title", {}, cell).textContent = minus(text);
    return cell;
  }));
}

/** A named column of grids; the cells of each.
 * @param {string} name @param {readonly Grid[]} grids @param {string} tone value or gradient
 * @param {HTMLElement} parent @param {string} [className] */
function column(name, grids, tone, parent, className = "") {
  const box = element("div", `viz-view-column ${className}`, parent);
  element("div", `viz-view-name tone-${tone}`, box, name);
  return grids.map((grid) => matrix(grid, tone, box));
}

/** @param {readonly (readonly SVGElement[])[]} cells @param {readonly Pair[]} places */
function mark(cells, places) {
  for (const row of cells) for (const cell of row) cell.classList.remove("viz-view-on");
  for (const [y, x] of places) cells[y]?.[x]?.classList.add("viz-view-on");
}

/** A slider over the places of something, and the line about the chosen one.
 * @param {string} label @param {number} count @param {Kept} kept @param {string} key
 * @param {HTMLElement} parent @param {(place: number) => string} show */
function chooser(label, count, kept, key, parent, show) {
  const line = element("label", "viz-view-choose", parent);
  element("span", "", line, label);
  const slider = element("input", "", line);
  Object.assign(slider, { type: "range", min: "0", max: String(count - 1), step: "1" });
  slider.value = String(Math.min(count - 1, kept.get(key) ?? 0));
  const status = element("p", "viz-view-said", parent);
  status.setAttribute("role", "status");
  const go = () => {
    const place = Number(slider.value);
    kept.set(key, place);
    status.textContent = show(place);
    slider.setAttribute("aria-valuetext", status.textContent);
  };
  slider.addEventListener("input", go);
  go();
}

/** True if a kernel sees a channel: in groups, each sees some of them.
 * @param {Pick<ConvolutionView, "begins" | "channels">} view @param {number} out @param {number} channel */
const sees = (view, out, channel) => channel >= view.begins[out] && channel < view.begins[out] + view.channels;

/** @param {ConvolutionView} view @param {HTMLElement} figure @param {Words} words @param {boolean} known @param {Kept} kept @param {string} id */
function convolution(view, figure, words, known, kept, id) {
  const { input: xName, kernel: wName, result: yName } = view.names;
  const first = element("div", "viz-view-row", figure);
  const image = column(xName, view.image, "value", first);
  const size = sizeOf(view.image[0]);
  const shape = sizeOf(view.kernels[0][0]);
  const taps = pairs(shape);
  if (view.result.length) {
    const places = pairs(sizeOf(view.result[0]));
    const kernels = view.kernels.map((grids, out) => column(view.kernels.length > 1 ? `${wName}[${out}]` : wName, grids, "value", first));
    const result = view.result.map((grid, out) => column(view.result.length > 1 ? `${yName}[${out}]` : yName, [grid], "value", first)[0]);
    chooser(words.view_place, places.length * result.length, kept, `${id} place`, figure, (chosen) => {
      const [out, at] = [Math.floor(chosen / places.length), places[chosen % places.length]];
      const seen = taps.map((tap) => under(size, at, tap, view));
      image.forEach((cells, channel) => mark(cells, sees(view, out, channel) ? seen.filter((it) => it !== null) : []));
      result.forEach((cells, which) => mark(cells, which === out ? [at] : []));
      kernels.forEach((grids, which) => grids.forEach((cells) => mark(cells, which === out ? taps : [])));
      const value = minus(view.result[out][at[0]][at[1]]);
      const name = `${yName}[${view.result.length > 1 ? `${out}, ` : ""}${at.join(", ")}]`;
      const own = view.image.slice(view.begins[out], view.begins[out] + view.channels); // the channels that it sees
      if (!view.summed || view.channels > own.length || !view.kernels[out]) return `${name} = ${value}`;
      const terms = own.flatMap((grid, channel) => taps.flatMap(([i, j], which) => {
        const place = seen[which];
        return place ? [/** @type {const} */ ([view.kernels[out][channel][i][j], grid[place[0]][place[1]]])] : [];
      }));
      return `${name} = ${sum(terms, words.view_more, view.bias[out] ?? "")} = ${value}`;
    });
  }
  if (!known || !view.gradient.length) return;
  element("p", "viz-view-heading", figure, view.added ? words.view_backward_sum : words.view_backward);
  const second = element("div", "viz-view-row", figure);
  const seen = column(xName, view.image, "value", second);
  const arrived = view.upstream.map((grid, out) =>
    column(`∇${yName}${view.upstream.length > 1 ? `[${out}]` : ""}`, [grid], "gradient", second)[0]);
  const gradient = view.gradient.map((grids, out) =>
    column(`∇${wName}${view.gradient.length > 1 ? `[${out}]` : ""}`, grids, "gradient", second));
  const inputs = gradient[0].length;
  chooser(words.view_tap, taps.length * inputs * gradient.length, kept, `${id} tap`, figure, (chosen) => {
    const out = Math.floor(chosen / (taps.length * inputs));
    const channel = Math.floor(chosen / taps.length) % inputs;
    const tap = taps[chosen % taps.length];
    gradient.forEach((grids, which) => grids.forEach((cells, one) =>
      mark(cells, which === out && one === channel ? [tap] : [])));
    const places = view.upstream.length ? pairs(sizeOf(view.upstream[0])) : [];
    const used = places.map((at) => under(size, at, tap, view));
    const source = view.begins[out] + channel;
    seen.forEach((cells, one) => mark(cells, one === source ? used.filter((it) => it !== null) : []));
    arrived.forEach((cells, which) => mark(cells, which === out ? places : []));
    const value = minus(view.gradient[out][channel][tap[0]][tap[1]]);
    const name = `∇${wName}[${[...(view.gradient.length > 1 || inputs > 1 ? [out, channel] : []), ...tap].join(", ")}]`;
    if (!view.added || !view.upstream[out] || !view.image[source]) return `${name} = ${value}`;
    const terms = places.flatMap((at, which) => {
      const place = used[which];
      return place ? [/** @type {const} */ ([view.upstream[out][at[0]][at[1]], view.image[source][place[0]][place[1]]])] : [];
    });
    return `${name} = ${sum(terms, words.view_more)} = ${value}`;
  });
}

/** @param {number} part @param {string} className @param {HTMLElement} parent
 * @param {number | null} wanted the target, as an outline on the same scale */
function bar(part, className, parent, wanted = null) {
  const drawing = svg("svg", { viewBox: `0 0 ${BAR} 14`, width: BAR, height: 14, preserveAspectRatio: "none",
    class: "viz-view-bar", "aria-hidden": "true" }, parent);
  const width = (/** @type {number} */ share) => Math.max(1, BAR * Math.min(1, share));
  svg("rect", { x: 0, y: 2, width: width(part), height: 10, class: className }, drawing);
  if (wanted) svg("rect", { x: 0.5, y: 0.5, width: width(wanted) - 1, height: 13, class: "viz-view-wanted" }, drawing);
}

/** The sentence about a gradient that is `factor` times (share − target).
 * @param {string} factor @param {Words} words */
const difference = (factor, words) => (factor === "1" ? words.view_difference
  : fill(words.view_difference_times, { factor: minus(factor) }));

/** @param {BarsView} view @param {HTMLElement} figure @param {Words} words @param {boolean} known */
function bars(view, figure, words, known) {
  const sent = known ? view.gradient : [];
  const target = known ? view.target : [];
  const largest = Math.max(...sent.flat().map((text) => Math.abs(Number(text)) || 0), 0) || 1;
  view.rows.forEach((row, which) => {
    const table = element("table", "viz-view-table", figure);
    const head = element("tr", "", table);
    const names = [view.places[which] ?? "", words.view_share, ...(target.length ? [words.view_target] : []),
      ...(sent.length ? [`∇${view.name}`] : [])];
    for (const name of names) element("th", "", head, name).title = name === words.view_target ? words.view_target_help : "";
    row.forEach((text, place) => {
      const line = element("tr", view.right[which] === place ? "viz-view-right" : "", table);
      element("th", "", line, view.right[which] === place ? `${place} ✓` : String(place)).title =
        view.right[which] === place ? words.view_right : "";
      const share = element("td", "tone-value", line);
      bar(Number(text), "viz-view-plus", share, target.length ? Number(target[which][place]) : null);
      element("span", "", share, text);
      if (target.length) element("td", "viz-view-target", line, target[which][place]);
      if (!sent.length) return;
      const gradient = element("td", "tone-gradient", line);
      bar(Math.abs(Number(sent[which][place])) / largest, Number(sent[which][place]) < 0 ? "viz-view-minus" : "viz-view-plus", gradient);
      element("span", "", gradient, minus(sent[which][place]));
    });
    if (sent.length && view.factors.length > 1) element("p", "viz-view-said", figure, difference(view.factors[which], words));
  });
  if (sent.length && view.factors.length === 1) element("p", "viz-view-said", figure, difference(view.factors[0], words));
}

/** @param {AttentionView} view @param {HTMLElement} figure @param {Words} words @param {boolean} known @param {Kept} kept @param {string} id */
function attention(view, figure, words, known, kept, id) {
  const [queries, keys] = sizeOf(view.heads[0]);
  const row = element("div", "viz-view-row", figure);
  const step = 18;
  const high = Math.max(queries, keys) * step + 16;
  const heads = view.heads.map((grid, head) => {
    const box = element("div", "viz-view-column", row);
    if (view.heads.length > 1) element("div", "viz-view-name", box, fill(words.view_head, { number: head + 1 }));
    const drawing = svg("svg", { viewBox: `0 0 150 ${high}`, width: 150, height: high, class: "viz-view-arcs", "aria-hidden": "true" }, box);
    const lines = grid.map((shares, query) => shares.map((text, key) => svg("path", {
      d: `M24 ${query * step + 16}C75 ${query * step + 16} 75 ${key * step + 16} 126 ${key * step + 16}`,
      "stroke-opacity": Number(text).toFixed(3), "stroke-width": (0.5 + 4 * Number(text)).toFixed(2) }, drawing)));
    for (let query = 0; query < queries; query++) svg("text", { x: 12, y: query * step + 16 }, drawing).textContent = String(query);
    for (let key = 0; key < keys; key++) svg("text", { x: 138, y: key * step + 16 }, drawing).textContent = String(key);
    return lines;
  });
  const table = element("table", "viz-view-table", figure);
  chooser(words.view_query, queries, kept, `${id} query`, figure, (query) => {
    heads.forEach((lines) => lines.forEach((arcs, which) => {
      for (const arc of arcs) arc.classList.toggle("viz-view-on", which === query);
    }));
    table.replaceChildren();
    const head = element("tr", "", table);
    element("th", "", head, words.view_key);
    for (let key = 0; key < keys; key++) element("th", "", head, String(key));
    /** @param {string} name @param {readonly string[]} shares @param {string} tone */
    const line = (name, shares, tone) => {
      const made = element("tr", "", table);
      element("th", "", made, name);
      for (const text of shares) element("td", `tone-${tone}`, made, minus(text));
    };
    view.heads.forEach((grid, which) => {
      const number = view.heads.length > 1 ? ` · ${fill(words.view_head, { number: which + 1 })}` : "";
      line(words.view_share + number, grid[query], "value");
      if (known && view.gradients[which]) line(words.view_arrived + number, view.gradients[which][query], "gradient");
    });
    return [...(view.weighed ? [words.view_takes] : []), ...(known && view.returned ? [words.view_returns] : [])]
      .map((sentence) => fill(sentence, { query })).join(" ");
  });
}

/** @param {RowsView} view @param {HTMLElement} figure @param {Words} words @param {boolean} known */
function lookups(view, figure, words, known) {
  const sent = known ? view.gradient : [];
  const largest = Math.max(...sent.map(Number), 0) || 1;
  const table = element("table", "viz-view-table", figure);
  const head = element("tr", "", table);
  for (const name of [view.name, words.view_used, ...(sent.length ? [words.view_sent] : [])]) element("th", "", head, name);
  view.used.forEach((count, place) => {
    const line = element("tr", count ? "" : "viz-view-unused", table);
    element("th", "", line, `[${place}]`);
    element("td", "tone-value", line, `${count}×`);
    if (!sent.length) return;
    const cell = element("td", "tone-gradient", line);
    bar(Number(sent[place]) / largest, "viz-view-plus", cell);
    element("span", "", cell, `‖${sent[place]}‖`);
  });
}

/** @param {IterationsView} view @param {HTMLElement} figure @param {Words} words */
function iterations(view, figure, words) {
  for (const { name, terms, norms, total } of view.tensors) {
    const largest = Math.max(...norms) || 1;
    const table = element("table", "viz-view-table", figure);
    const head = element("tr", "", table);
    for (const one of [words.view_iteration, fill(words.view_term, { name })]) element("th", "", head, one);
    terms.forEach((text, place) => {
      const line = element("tr", "", table);
      element("th", "", line, String(view.iterations[place]));
      const cell = element("td", "tone-gradient", line);
      bar(norms[place] / largest, "viz-view-plus", cell);
      element("span", "", cell, minus(text));
    });
    if (total) element("p", "viz-view-said tone-gradient", figure, `${name}.grad = ${minus(total)}`);
  }
}

const PLANE = 256; // px per side: whole pixels per square
const DOT = 5; // px

/** Squares of one class that stand in a row, as one rectangle: [class, column, row, columns].
 * @param {string} cells @param {number} size */
export function runs(cells, size) {
  /** @type {[kind: string, column: number, row: number, columns: number][]} */
  const found = [];
  for (let row = 0; row < size; row++) {
    for (let from = 0; from < size;) {
      const kind = cells[row * size + from];
      let to = from + 1;
      while (to < size && cells[row * size + to] === kind) to += 1;
      found.push([kind, from, row, to - from]);
      from = to;
    }
  }
  return found;
}

/** @param {BoundaryView} view @param {HTMLElement} figure @param {Words} words @param {Kept} kept @param {string} id */
function boundary(view, figure, words, kept, id) {
  const { low, high, size, passes } = view;
  const row = element("div", "viz-view-beside", figure);
  const drawing = svg("svg", { viewBox: `0 0 ${PLANE} ${PLANE}`, width: PLANE, height: PLANE, class: "viz-view-plane",
    role: "img", "aria-label": words.view_boundary }, row);
  const beside = element("div", "", row);
  const [zero, one] = view.meant;
  if (one !== undefined) element("p", "viz-view-said", beside, fill(words.view_nearer, { zero: minus(String(zero)), one: minus(String(one)) }));
  const ground = svg("g", {}, drawing);
  const square = PLANE / size;
  /** @param {readonly number[]} point */
  const place = ([x, y]) => [PLANE * (x - low[0]) / (high[0] - low[0]), PLANE * (high[1] - y) / (high[1] - low[1])];
  const dots = view.points.map((point, which) => {
    const [x, y] = place(point);
    const dot = svg("g", { transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, class: `viz-view-dot viz-view-class-${view.labels[which]}` }, drawing);
    svg("circle", { r: DOT + 1.5 }, dot);
    svg("text", {}, dot).textContent = String(view.labels[which]);
    return { dot, title: svg("title", {}, dot) };
  });
  chooser(words.view_pass, passes.length, kept, `${id} pass`, beside, (at) => {
    const { number, loss, cells, results, predicted } = passes[at];
    ground.replaceChildren(...runs(cells, size).map(([which, column, row, columns]) => svg("rect", {
      x: column * square, y: row * square, width: columns * square, height: square, class: `viz-view-class-${which}` })));
    dots.forEach(({ dot, title }, which) => {
      dot.classList.toggle("viz-view-wrong", predicted[which] !== view.labels[which]);
      title.textContent = fill(words.view_result, { point: `(${view.points[which].map((it) => minus(String(it))).join(", ")})`,
        result: minus(results[which]), said: predicted[which], label: view.labels[which] });
    });
    const right = predicted.filter((it, which) => it === view.labels[which]).length;
    return fill(words.view_hits, { number, loss: minus(loss), right, count: predicted.length });
  });
  element("p", "viz-view-said", beside, fill(words.view_plane, { name: view.name,
    x: `${minus(String(low[0]))} … ${minus(String(high[0]))}`, y: `${minus(String(low[1]))} … ${minus(String(high[1]))}` }));
}

/** The panel beside the picture that shows the view of the inspector's box, if it has one. It is opened
 * by a button of the inspector, and stays until it is closed.
 * @param {HTMLElement} root */
export function createViews(root) {
  /** @type {Kept} */
  const kept = new Map();
  const panel = element("section", "viz-view-panel", root);
  const head = element("div", "viz-view-head", panel);
  const title = element("h2", "viz-small", head);
  const close = element("button", "viz-view-close", head, "×");
  close.type = "button";
  const body = element("div", "viz-view", panel);
  const open = element("button", "viz-change");
  open.type = "button";
  let opened = false;
  /** @type {Seen | null} */
  let present = null; // the view of the inspector's box
  /** @type {Seen | null} */
  let drawn = null;

  // A view is built once it is looked at, not at each step.
  function draw() {
    if (!present || (drawn?.view === present.view && drawn.known === present.known)) return;
    drawn = present;
    const { view, known, id, words } = present;
    // A picture that is drawn again, with rows of another width, leaves the keyboard where it was.
    const sliders = () => [...body.querySelectorAll("input")];
    const focused = sliders().indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    body.replaceChildren();
    title.textContent = words[`view_${view.kind}`];
    panel.setAttribute("aria-label", title.textContent);
    close.setAttribute("aria-label", words.view_close);
    if (view.kind === "convolution") convolution(view, body, words, known, kept, id);
    else if (view.kind === "bars") bars(view, body, words, known);
    else if (view.kind === "attention") attention(view, body, words, known, kept, id);
    else if (view.kind === "boundary") boundary(view, body, words, kept, id);
    else if (view.kind === "rows") lookups(view, body, words, known);
    else iterations(view, body, words);
    if (focused >= 0) sliders()[focused]?.focus({ preventScroll: true });
  }
  /** @param {boolean} now */
  function put(now) {
    opened = now;
    panel.hidden = !(opened && present);
    root.toggleAttribute("data-viewed", !panel.hidden);
    if (!panel.hidden) draw();
    open.setAttribute("aria-expanded", String(opened));
  }
  open.addEventListener("click", () => put(!opened));
  close.addEventListener("click", () => { put(false); open.focus(); });
  panel.addEventListener("keydown", (event) => {
    event.stopPropagation(); // its arrows and digits are no steps
    if (event.key === "Escape") { put(false); open.focus(); }
  });
  put(false);

  /** The button for a box with a view, and the view in the panel.
   * @param {Vertex | undefined} vertex @param {number} index @param {Picture} picture */
  return function viewed(vertex, index, { views, words }) {
    const sends = vertex?.sends ?? 0;
    const known = sends > 0 && index >= sends;
    const view = vertex?.view == null ? null : views[vertex.view];
    const shown = view !== null && (view.kind !== "iterations" || known);
    present = shown && view ? { view, known, id: String(vertex?.view), words } : null;
    put(opened);
    if (!present) return [];
    open.textContent = words.view;
    return [open];
  };
}
