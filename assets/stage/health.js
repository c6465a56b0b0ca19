// Gradient norms at a glance: one bar per tensor or folded group, in the order of the graph, as
// high as the norm of its gradient on a scale of powers of ten. Zeros and nan or inf have a shape
// and a word of their own. It is a list of options, so that a single Tab reaches it and arrow keys
// walk through it.

import { element } from "../page/element.js";
import { rows } from "../page/table.js";
import { NOTHING } from "./nothing.js";

/** @import { Picture } from "../browser.js" */

const FEW_BARS = 6; // number of tensors whose gradients are visible on their cards at once
const LEAST_DECADES = 3; // so that gradients of similar size do not look different
const MOST_DECADES = 16;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} exponent */
function power(exponent) {
  return `10${exponent < 0 ? "⁻" : ""}${[...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]).join("")}`;
}

/** @param {HTMLElement} parent @param {(vertex: number) => void} choose */
export function createHealth(parent, choose) {
  const root = element("div", "viz-health", parent);
  const label = element("span", "viz-health-label tone-muted", root);
  const scale = element("span", "viz-health-scale tone-muted", root);
  scale.setAttribute("aria-hidden", "true");
  const list = element("div", "viz-health-bars", root);
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-orientation", "horizontal");
  list.tabIndex = 0;
  const status = element("span", "viz-health-value", root);
  let picture = NOTHING;
  /** @type {Pick<ReturnType<typeof import("./panels.js").createPanels>, "strangeOf" | "sizeOf">} */
  let panels = { strangeOf: () => "", sizeOf: () => null }; // the owner of the gradients at each step
  let index = 0;
  /** @type {[vertex: number, made: HTMLElement, is: string][]} */
  let bars = []; // [vertex, its element, its current class]
  /** @type {Map<number, number>} */
  let places = new Map(); // of bars, by their vertex
  /** @type {number[][]} */
  let changes = []; // by step, the bars that change then
  let active = 0;
  /** @type {HTMLElement | null} */
  let selected = null; // the element of the current vertex
  let scrolling = 0;
  let [low, high] = [-1, 0];

  // "" before anything arrived, else the gradient as a word and its part of the height.
  /** @param {number} vertex @returns {[string, number]} */
  function state(vertex) {
    if (picture.vertices[vertex].first > index) return ["", 0];
    const strange = panels.strangeOf(vertex, index);
    const size = panels.sizeOf(vertex, index);
    if (strange) return [strange, 1];
    if (size === null) return ["", 0];
    if (size === 0) return ["0", 0];
    return ["size", Math.max(0.06, Math.min(1, (Math.log10(size) - low) / (high - low)))];
  }

  /** @param {number} place */
  function words(place) {
    const [vertex] = bars[place];
    const { name } = picture.vertices[vertex];
    const [what] = state(vertex);
    const size = panels.sizeOf(vertex, index);
    return [name, what === "size" ? `‖∇‖ ${size}` : what === "0" ? picture.words.health_zero : what || "∇ –"];
  }

  // The number first: a long name is cut.
  /** @param {number} place */
  function write(place) { status.textContent = words(place).reverse().join(" · "); }

  /** @param {number} place */
  function dress(place) {
    const bar = bars[place];
    const [what, part] = state(bar[0]);
    const now = `${what} ${part.toFixed(3)}`;
    if (bar[2] !== now) {
      bar[2] = now;
      bar[1].dataset.is = what;
      bar[1].dataset.word = what === "size" ? "" : what;
      bar[1].style.setProperty("--viz-part", part.toFixed(3));
      bar[1].setAttribute("aria-label", words(place).join(" · "));
    }
  }

  /** @param {number} place */
  function point(place) {
    bars[active]?.[1].classList.remove("viz-health-bar-active");
    active = Math.max(0, Math.min(bars.length - 1, place));
    const made = bars[active][1];
    made.classList.add("viz-health-bar-active");
    list.setAttribute("aria-activedescendant", made.id);
    write(active);
    // With the frame's own layout: reading one within a step would take a second.
    scrolling ||= requestAnimationFrame(() => {
      scrolling = 0;
      const it = bars[active]?.[1];
      if (!it) return;
      const [from, to] = [it.offsetLeft, it.offsetLeft + it.offsetWidth];
      list.scrollLeft = Math.max(to - list.clientWidth + 8, Math.min(list.scrollLeft, from - 8));
    });
  }

  /** @param {Event} event */
  function at({ target }) {
    const bar = target instanceof Element ? target.closest(".viz-health-bar") : null;
    return bars.findIndex(([, made]) => made === bar);
  }
  list.addEventListener("click", (event) => {
    const place = at(event);
    if (place >= 0) { point(place); choose(bars[place][0]); }
  });
  list.addEventListener("pointerover", (event) => { if (at(event) >= 0) write(at(event)); });
  list.addEventListener("pointerleave", () => { if (bars.length) write(active); });
  list.addEventListener("keydown", (event) => {
    /** @type {Record<string, number | undefined>} */
    const ways = { ArrowRight: active + 1, ArrowLeft: active - 1, Home: 0, End: bars.length - 1 };
    const to = ways[event.key];
    const picks = event.key === "Enter" || event.key === " ";
    if ((to === undefined && !picks) || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (picks) choose(bars[active][0]);
    else if (to !== undefined) point(to);
  });

  return {
    /** @param {Picture} next @param {ReturnType<typeof import("./panels.js").createPanels>} others */
    open(next, others) {
      [picture, panels] = [next, others];
      // In forward order: in a picture of several rows the places from left to right mix the layers.
      const order = picture.vertices.map(({ kind, asks }, place) => ({ kind, asks, place }))
        .filter(({ kind, asks }) => asks && kind !== "disc");
      const gradients = rows(picture.gradients);
      const sizes = gradients.map(({ size }) => size);
      const ill = gradients.some(({ size, strange }) => strange || size === 0);
      list.replaceChildren();
      bars = [];
      active = 0;
      selected = null;
      root.hidden = !sizes.length || (order.length <= FEW_BARS && !ill);
      parent.toggleAttribute("data-health", !root.hidden);
      if (root.hidden) return;
      const powers = sizes.filter((size) => size > 0).map(Math.log10);
      high = powers.length ? Math.ceil(Math.max(...powers) + 1e-9) : 0;
      low = Math.max(high - MOST_DECADES, Math.min(high - LEAST_DECADES, powers.length ? Math.floor(Math.min(...powers) - 1e-9) : 0));
      label.textContent = picture.words.health;
      scale.replaceChildren(element("span", "", null, power(high)), element("span", "", null, power(low)));
      list.setAttribute("aria-label", picture.words.health);
      bars = order.map(({ place }, number) => {
        const made = element("span", "viz-health-bar", list);
        made.id = `viz-health-bar-${number}`;
        made.setAttribute("role", "option");
        made.setAttribute("aria-selected", "false");
        return [place, made, ""];
      });
      places = new Map(bars.map(([vertex], place) => [vertex, place]));
      changes = Array.from({ length: picture.frames.length + 1 }, () => []);
      bars.forEach(([vertex], place) => changes[picture.vertices[vertex].first]?.push(place));
      for (const { vertex, first, last } of gradients) {
        const place = places.get(vertex);
        if (place !== undefined) for (const step of [first, last]) changes[step]?.push(place);
      }
      index = -1; // nothing has arrived yet
      bars.forEach((_, place) => dress(place));
    },

    // The bars at a step; the one of `present` is marked.
    /** @param {number} step @param {number} present */
    show(step, present) {
      if (root.hidden) return;
      const [from, to] = [Math.min(index, step), Math.max(index, step)];
      index = step;
      for (let at = from + 1; at <= to; at += 1) changes[at].forEach(dress);
      const here = places.get(present) ?? -1;
      const now = bars[here]?.[1] ?? null;
      if (now !== selected) {
        selected?.setAttribute("aria-selected", "false");
        now?.setAttribute("aria-selected", "true");
        selected = now;
      }
      if (here >= 0) point(here);
      else status.textContent = "";
    },
  };
}
