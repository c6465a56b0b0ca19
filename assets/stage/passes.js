// All backward passes: the values they began at, a curve for each call of the program, under a slider
// over their numbers. Each curve has its own scale; the axis is that of the curve on which the present
// pass lies. Dashed next to it: the first tensors that training changes. A pass that was not recorded
// is requested, and shown when its picture has come.

import { element, svg } from "../page/element.js";
import { fill } from "../page/words.js";
import { NOTHING } from "./nothing.js";

/** @import { Pass, PassRequest, Picture, StageData } from "../browser.js" */
/** @typedef {[number, number]} Point */

const DASHES = ["╌", "┈"]; // as stage.css draws them
const DEEP = 40; // of the drawing
const WIDE = 1000;
const PAUSE_MS = 300; // keys pressed within it choose one pass

/**
 * @param {HTMLElement} parent
 * @param {{ go: (step: number) => void, settle: (pass: Pass) => boolean,
 *   play: (after: (step: number) => number) => void,
 *   request: (wanted: Omit<PassRequest, "revision">) => void }} act `play` shows one step after the
 *   other: that `after` the present one
 * @param {number} [first] the number before the first request's
 */
export function createPasses(parent, { go, settle, play, request }, first = Date.now()) {
  const root = element("div", "viz-passes", parent);
  const label = element("span", "viz-passes-label tone-muted", root);
  const scale = element("span", "viz-scale tone-muted", root); // the highest and the lowest value of the present curve
  const box = element("div", "viz-curve", root);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${DEEP}`, preserveAspectRatio: "none", "aria-hidden": "true" }, box);
  const lines = svg("g", { class: "viz-losses" }, drawing);
  const paths = svg("g", { class: "viz-paths" }, drawing);
  const here = svg("line", { y1: 0, y2: DEEP, "vector-effect": "non-scaling-stroke" }, drawing);
  const axis = element("div", "viz-curve-axis tone-muted", box); // the first and the last pass
  const slider = element("input", "", box);
  slider.type = "range";
  slider.min = "0";
  const status = element("span", "viz-passes-value", root);
  const turns = element("button", "viz-passes-play", root);
  turns.type = "button";
  const tools = element("span", "viz-passes-tools", root);
  const field = element("input", "", tools);
  field.type = "number";
  field.min = "1";
  const strange = element("button", "", tools);
  const largest = element("button", "", tools);
  const notice = element("span", "viz-passes-notice", root);
  let picture = NOTHING;
  let count = first;
  let names = [""]; // of the curves
  /** @type {Point[]} */
  let ends = [[0, 0]]; // their lowest and highest values
  /** @type {Map<number, number>} */
  let curves = new Map(); // the position of each recorded pass's curve
  /** @type {{ number: number, revision: number | undefined } | null} */
  let coming = null; // the request for a pass, and the revision of its text
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting; // the timer of a choice by keys
  /** @type {number | null} */
  let sought = null; // the number of a pass whose iteration is being opened
  let able = false; // a server records what is missing
  /** @type {number | undefined} */
  let revision; // of the text that is pictured

  const kept = (/** @type {number | null} */ number) => picture.passes.find((pass) => pass.number === number);
  const across = (/** @type {number} */ number) => ((number - 1) / Math.max(1, picture.training.passes - 1)) * WIDE;

  // Of more points than the drawing has columns, the lowest and highest of each column.
  /** @param {Point[]} points */
  function thinned(points) {
    if (points.length <= 2 * WIDE) return points;
    /** @type {Map<number, [Point, Point]>} */
    const columns = new Map();
    for (const point of points) {
      const column = columns.get(Math.floor(point[0])) ?? [point, point];
      columns.set(Math.floor(point[0]), [point[1] < column[0][1] ? point : column[0], point[1] > column[1][1] ? point : column[1]]);
    }
    return [...columns.values()].flatMap(([low, high]) => low[0] <= high[0] ? [low, high] : [high, low]);
  }

  // Lines through values, from the lowest at the bottom to the highest at the top, broken where there
  // is none and where `numbers` leave some out.
  /**
   * @param {Element} into
   * @param {number[]} numbers
   * @param {(number | null)[]} values
   * @param {Point} ends
   * @param {number} step
   */
  function draw(into, numbers, values, ends, step) {
    const [low, high] = ends;
    /** @type {Point[]} */
    let run = [];
    const finish = () => {
      if (run.length) {
        const points = thinned(run);
        /** @type {Point[]} */
        const from = points.length > 1 ? points : [points[0], [points[0][0] + 0.1, points[0][1]]]; // a point
        svg("polyline", { fill: "none", "vector-effect": "non-scaling-stroke", points: from.map((it) => it.join(",")).join(" ") }, into);
      }
      run = [];
    };
    values.forEach((value, place) => {
      if (value === null || (place && numbers[place] - numbers[place - 1] > step)) finish();
      if (value !== null) run.push([across(numbers[place]), DEEP - 4 - ((value - low) / (high - low || 1)) * (DEEP - 8)]);
    });
    finish();
  }

  /** @param {(number | null)[]} values @returns {Point} */
  function range(values) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  // The place of a step's pass: an update belongs to the pass before it, as in the counter.
  /** @param {number} index */
  function placeOf(index) {
    const next = picture.passes.findIndex(({ last }) => index <= last);
    const later = next < 0 ? picture.passes.length - 1 : next;
    return picture.frames[index]?.half === "update" ? Math.max(0, later - 1) : later;
  }

  // The axis of a curve, which then stands out.
  /** @param {number} place */
  function measure(place) {
    const [low, high] = ends[place];
    scale.replaceChildren();
    if (low <= high) for (const end of [high, low]) element("span", "", scale, written(end));
    [...lines.children].forEach((line, at) => line.toggleAttribute("data-present", at === place));
  }

  // The number that was given, a pass that the picture has, or a request for it.
  /** @param {number} number */
  function choose(number, at = 0) {
    clearTimeout(waiting);
    const pass = kept(number);
    sought = null;
    if (pass) {
      coming = null;
      go(pass.first);
      if (settle(pass)) sought = number;
      return;
    }
    showComing(number);
    if (able) waiting = setTimeout(() => {
      count += 1;
      coming = { number: count, revision };
      request({ number: count, pass_number: number });
    }, at);
  }

  /** @param {number} number */
  function showComing(number) {
    slider.value = String(number - 1);
    field.value = String(number);
    mark(number);
    status.textContent = fill(picture.words[able ? "pass_coming" : "pass_value"], { number, count: picture.training.passes, value: "" });
    slider.setAttribute("aria-valuetext", status.textContent);
  }

  /** @param {number} number */
  function mark(number) {
    here.setAttribute("x1", String(across(number)));
    here.setAttribute("x2", String(across(number)));
  }

  slider.addEventListener("input", () => {
    const pass = kept(Number(slider.value) + 1);
    if (pass) go(pass.first);
    else showComing(Number(slider.value) + 1);
  });
  slider.addEventListener("change", () => choose(Number(slider.value) + 1, PAUSE_MS));
  field.addEventListener("change", () => {
    const number = Math.round(Number(field.value));
    if (number >= 1 && number <= picture.training.passes) choose(number);
  });
  // From the end of a pass to that of the next one: the gradients have arrived.
  turns.addEventListener("click", () => play((step) => picture.passes.find(({ last }) => last > step)?.last ?? picture.frames.length - 1));
  for (const [button, which] of /** @type {const} */ ([[strange, "strange"], [largest, "largest"]])) {
    button.addEventListener("click", () => { const number = picture.training[which]; if (number !== null) choose(number); });
  }

  return {
    /** @param {Picture} next @param {StageData} data */
    open(next, data) {
      picture = next;
      able = data.program !== null;
      revision = data.program?.revision;
      const { passes, training, words } = picture;
      root.hidden = training.passes < 2 || passes.length === 0;
      parent.toggleAttribute("data-passes", !root.hidden);
      if (root.hidden) return;
      const all = training.curves.length ? training.curves
        : [{ name: "", line: 0, numbers: passes.map(({ number }) => number), values: passes.map(({ value }) => value) }];
      const several = all.length > 1;
      names = all.map(({ name, line }) => {
        const known = name || words.curve_any;
        return several ? fill(words.curve_line, { name: known, line }) : known;
      });
      label.textContent = label.title = fill(words.curve, { name: names.join(" · ") });
      notice.textContent = training.notice;
      notice.hidden = !training.notice;
      slider.setAttribute("aria-label", words.pass_choice);
      slider.max = String(training.passes - 1);
      lines.replaceChildren();
      ends = all.map(({ values }) => range(values));
      all.forEach(({ numbers, values }, place) => {
        const step = Math.max(1, ...numbers.slice(1, 64).map((number, at) => number - numbers[at]));
        draw(svg("g", {}, lines), numbers, values, ends[place], training.curves.length ? training.passes : step);
      });
      axis.replaceChildren();
      for (const end of [1, training.passes]) element("span", "", axis, String(end));
      paths.replaceChildren();
      const numbers = passes.map(({ number }) => number);
      const shown = new Set(numbers);
      curves = new Map(all.flatMap((curve, place) => curve.numbers.filter((number) => shown.has(number)).map((number) => [number, place])));
      for (const { values } of picture.paths) draw(paths, numbers, values, range(values), 1);
      turns.textContent = words.turns;
      tools.hidden = training.curves.length === 0;
      field.max = String(training.passes);
      field.setAttribute("aria-label", words.pass_number);
      strange.textContent = words.pass_strange;
      strange.disabled = training.strange === null;
      largest.textContent = words.pass_largest;
      largest.disabled = training.largest === null;
      const offered = (/** @type {number | null} */ number) => number !== null && (able || kept(number));
      strange.hidden = !offered(training.strange);
      largest.hidden = !offered(training.largest);
    },

    // The pass that was requested, once its picture has come; null before, and if it has none.
    /** @param {StageData} data */
    arrived({ pass_answered, chosen_pass, program }) {
      if (coming !== null && program?.revision !== coming.revision) coming = null; // of another text
      if (coming === null || pass_answered < coming.number) return null;
      const pass = kept(chosen_pass);
      coming = null;
      return pass ?? null;
    },

    // The pass whose iteration was being opened, in the picture in which it is open.
    opened() {
      const pass = sought === null ? null : kept(sought) ?? null;
      sought = null;
      return pass;
    },

    // The number of the pass that a step belongs to.
    at: (/** @type {number} */ index) => picture.passes[placeOf(index)]?.number ?? null,

    /** @param {number} index */
    show(index) {
      if (root.hidden || coming !== null) return;
      const { passes, words, training } = picture;
      const place = placeOf(index);
      const { number, text } = passes[place];
      slider.value = String(number - 1);
      field.value = String(number);
      mark(number);
      const curve = curves.get(number) ?? 0;
      measure(curve);
      const value = names.length > 1 ? `${names[curve]} = ${text}` : text;
      status.textContent = fill(words.pass_value, { number, count: training.passes, value });
      const moved = picture.paths.map(({ name, values }) => `${name} ${String(values[place]).replace("-", "\u2212")}`);
      slider.setAttribute("aria-valuetext", [status.textContent, ...moved].join(" · "));
      if (moved.length) element("span", "viz-moved", status, moved.map((text, at) => `${DASHES[at]} ${text}`).join("  "));
    },
  };
}

const written = (/** @type {number} */ value) => String(Number(value.toPrecision(3))).replace("-", "\u2212");
