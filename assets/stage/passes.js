// Many backward passes: the value each began at as a curve, which is itself a slider over them.
// Dashed next to it, each on its own scale: the first tensors that training changes.

import { element, svg } from "../page/element.js";
import { fill } from "../page/words.js";

/** @import { Picture } from "../browser.js" */

const DASHES = ["╌", "┈"]; // as stage.css draws them
const DEEP = 40; // of the drawing; its width is 1000

export function createPasses(parent, { go, settle }) {
  const root = element("div", "viz-passes", parent);
  const label = element("span", "viz-passes-label tone-muted", root);
  const box = element("div", "viz-curve", root);
  const drawing = svg("svg", { viewBox: `0 0 1000 ${DEEP}`, preserveAspectRatio: "none", "aria-hidden": "true" }, box);
  const line = svg("polyline", { fill: "none", "vector-effect": "non-scaling-stroke" }, drawing);
  const paths = svg("g", { class: "viz-paths" }, drawing);
  const here = svg("line", { y1: 0, y2: DEEP, "vector-effect": "non-scaling-stroke" }, drawing);
  const slider = element("input", "", box);
  slider.type = "range";
  slider.min = "0";
  const said = element("span", "viz-passes-value", root);
  /** @type {Picture | null} */
  let picture = null;

  // Values at equal distances, from the lowest at the bottom to the highest at the top.
  function points(values) {
    const known = values.filter((value) => value !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    return values.map((value, place) => value === null ? "" :
      `${(place / (values.length - 1)) * 1000},${DEEP - 4 - ((value - low) / (high - low || 1)) * (DEEP - 8)}`).join(" ");
  }

  const chosen = () => picture.passes[Number(slider.value)];

  slider.addEventListener("input", () => go(chosen().first));
  slider.addEventListener("change", () => settle(chosen()));

  return {
    /** @param {Picture} next */
    open(next) {
      picture = next;
      const { passes, words } = picture;
      root.hidden = passes.length < 2;
      parent.toggleAttribute("data-passes", !root.hidden);
      if (root.hidden) return;
      label.textContent = words.curve;
      slider.setAttribute("aria-label", words.pass_choice);
      slider.max = String(passes.length - 1);
      line.setAttribute("points", points(passes.map(({ value }) => value)));
      paths.replaceChildren();
      for (const { values } of picture.paths) {
        svg("polyline", { fill: "none", "vector-effect": "non-scaling-stroke", points: points(values) }, paths);
      }
    },

    tell(index) {
      if (root.hidden) return;
      const { passes, words } = picture;
      const next = passes.findIndex(({ last }) => index <= last);
      const place = next < 0 ? passes.length - 1 : next;
      slider.value = String(place);
      const x = String((place / (passes.length - 1)) * 1000);
      here.setAttribute("x1", x);
      here.setAttribute("x2", x);
      const { number, text } = passes[place];
      said.textContent = fill(words.pass_value, { number, count: passes.at(-1).number, value: text });
      const moved = picture.paths.map(({ name, values }) => `${name} ${String(values[place]).replace("-", "\u2212")}`);
      slider.setAttribute("aria-valuetext", [said.textContent, ...moved].join(" · "));
      if (moved.length) element("span", "viz-moved", said, moved.map((text, at) => `${DASHES[at]} ${text}`).join("  "));
    },
  };
}
