// The picture as drawn by Plotly, shown by step.
//
// Plotly makes one SVG element of each shape and text of the figure. A mark (viz_app/browser.py) is
// the layer and text of an element at the steps first <= step < last.
// From one step to another only the elements whose marks begin or end between them are changed, on
// Plotly's own SVG, so a step costs only its changes; a restyle would redraw all layers.
// When the picture changes, boxes that both pictures have glide from the old place to the new one.

import { element, svg } from "../page/element.js";
import { rows } from "../page/table.js";
import { createCull } from "./cull.js";
import { createFlights } from "./flights.js";
import { draw } from "./plotly.js";
import { strengthened } from "./projector.js";
import { brief, settle } from "./naming.js";
import { NOTHING } from "./nothing.js";

/** @import { Box, Layer, Picture } from "../browser.js" */
/** @import { Camera } from "./camera.js" */
/** @typedef {{ element: number, layer: number, first: number, last: number, text?: string, weight?: number | null }} Mark */

const GLIDE_MS = 420;
// Zoom changes the content: below these scales names only, then not even names.
const NAMES = 0.6;
const DOTS = 0.2;
const PRESENTED_PX = 12; // px at scale 1 of a presenter's smallest text: camera.js enlarges it to 16 and more
const READ = 0.9; // the scale at which a name reads well
const STAY = [0, 0];
const THIN = 0.6; // below this scale lines get no thinner

/** @param {HTMLElement} parent @param {Camera} camera */
export function createDrawing(parent, camera) {
  const root = element("div", "viz-plot", parent);
  root.setAttribute("aria-hidden", "true");
  const style = element("style", "", root);
  const world = element("div", "viz-world", root); // at scale 1; the camera moves it
  const plot = element("div", "", world);
  const over = svg("svg", { class: "viz-over-all" }, world);
  const rings = svg("g", { class: "viz-rings" }, over);
  const flights = createFlights(over, camera);
  const cull = createCull(camera, (place) => { if (fits[place] !== far) fit(place); });
  let picture = NOTHING;
  /** @type {Mark[]} */
  let marks = [];
  let index = 0;
  /** @type {string | null | undefined} */
  let drawn = null; // the figure that Plotly's elements belong to
  /** @type {SVGElement[]} */
  let elements = []; // Plotly's, by the marks' numbers
  /** @type {number[][]} */
  let worn = []; // the current marks of each element, the highest layer last
  /** @type {number[][]} */
  let begins = []; // marks by their first step
  /** @type {number[][]} */
  let ends = []; // marks by their last step
  /** @type {SVGElement[]} */
  let tints = [];
  /** @type {number[]} */
  let held = []; // marks of rows that fill once their number has arrived
  let far = ""; // how the picture is seen from afar, and for each element how it was last styled for that
  /** @type {string[]} */
  let fits = [];
  let [thick, grow] = [1, 1];
  let gliding = 0;

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {(mark: Mark) => Layer} */
  const layerOf = ({ layer }) => picture.layers[layer];

  // Add a mark to its element or remove it; `changed` collects the elements to restyle.
  /** @param {number} place @param {boolean} seen @param {Set<number>} changed */
  function set(place, seen, changed) {
    const { element: made, layer } = marks[place];
    const wears = worn[made].filter((each) => each !== place);
    if (seen) {
      const above = wears.findIndex((each) => marks[each].layer > layer);
      wears.splice(above < 0 ? wears.length : above, 0, place);
    }
    worn[made] = wears;
    changed.add(made);
  }

  /** @param {number} place */
  function dress(place) {
    const made = elements[place];
    const wears = worn[place];
    if (!wears.length) { made.setAttribute("display", "none"); return; }
    made.removeAttribute("display");
    const afar = root.dataset.detail === "names";
    made.setAttribute("class", `${wears.map((each) => `l${marks[each].layer}`).join(" ")}${afar ? " viz-afar" : ""}`);
    const mark = marks[wears[wears.length - 1]];
    const { width, cell, small } = layerOf(mark);
    if (made.tagName === "text") {
      const { text = "" } = mark;
      const shown = afar && small === "cut" ? brief(text) : text;
      if (made.textContent !== shown) made.textContent = shown;
      return;
    }
    const { weight } = mark;
    made.style.strokeWidth = width && weight != null ? `${width.least + width.more * weight}px` : "";
    made.style.fillOpacity = cell && weight != null ? String(weight) : "";
  }

  // Fill the rows whose numbers have arrived.
  function land() {
    /** @type {Set<number>} */
    const changed = new Set();
    for (const place of held) set(place, seenAt(place, index), changed);
    held = [];
    changed.forEach(dress);
  }

  // False for an element far out of view, and for a hidden constant's. checkVisibility would lay out
  // the whole page within each step.
  /** @param {SVGElement} made */
  const isShown = (made) => made.style.display !== "none"
    && !(made.hasAttribute("data-constant") && document.documentElement.dataset.vizConstants === "hidden");

  const seenAt = (/** @type {number} */ place, /** @type {number} */ step) => marks[place].first <= step && step < marks[place].last;

  function look() {
    const { scale, x, y, width, height } = camera;
    world.style.transform = `translate(${width / 2 - x * scale}px, ${height / 2 - y * scale}px) scale(${scale})`;
    const detail = scale < DOTS ? "dots" : scale < NAMES ? "names" : "cards";
    root.dataset.detail = detail;
    root.toggleAttribute("data-dots", detail === "dots");
    // Names stay readable and lines visible while the cards shrink under them.
    thick = Math.max(1, Math.min(4, THIN / scale));
    grow = detail === "cards" ? 1 : READ / scale; // cards' texts do not grow
    const next = `${detail} ${thick} ${grow}`;
    const changes = next !== far;
    far = next;
    cull.look();
    if (changes) cull.each(fit);
  }

  // Style an element for how far away the picture is seen. By element, for those in the layout:
  // an attribute or property of the whole would be a new style for each of thousands.
  /** @param {number} place */
  function fit(place) {
    fits[place] = far;
    for (const [name, value] of /** @type {[string, number][]} */ ([["--viz-thick", thick], ["--viz-grow", grow]])) {
      if (value === 1) elements[place].style.removeProperty(name);
      else elements[place].style.setProperty(name, String(value));
    }
    dress(place);
  }

  // True if its texts stay in a picture seen from afar.
  /** @param {Layer} layer */
  const grows = ({ small }) => small === "grows" || small === "cut";

  // One rule per layer, from the lowest to the highest: the higher wins.
  function styles() {
    const rules = picture.layers.map((look, layer) => {
      const body = Object.entries(strengthened(look))
        .map(([key, value]) => `${key}:${key === "stroke-width" ? `calc(${value}*var(--viz-thick,1))` : value}`).join(";");
      return `.viz-plot .l${layer}{${body}}`;
    });
    picture.layers.forEach(({ optional }, layer) => {
      if (optional) rules.push(`:root:not([data-viz-names=torch]) .viz-plot .l${layer}{display:none}`);
    });
    const small = (/** @type {number} */ layer, /** @type {string} */ body) => `.viz-plot .l${layer}.viz-afar{${body}}`;
    picture.layers.forEach((look, layer) => {
      const size = look.style["font-size"];
      if (grows(look)) {
        rules.push(small(layer, `font-size:calc(${size}*min(var(--viz-grow,1),var(--viz-fit,1)));transform:translateY(var(--viz-middle,0px))`));
      } else if (look.small === "hidden") rules.push(small(layer, "display:none"));
      if (Number.parseFloat(size ?? "") < PRESENTED_PX) rules.push(`:root[data-viz-presenting] .viz-plot .l${layer}{font-size:${PRESENTED_PX}px}`);
    });
    style.textContent = rules.join("\n");
  }

  // The place of each box, and of each open group: that of its first box.
  /** @param {Picture} of */
  function places(of) {
    const found = new Map(of.vertices.map(({ id, box }) => [id, box]));
    for (const { opens, box } of of.vertices) if (opens) found.set(`g${opens}`, box);
    for (const { within, box } of of.vertices) {
      for (let key = within; key !== null && !found.has(`g${key}`); key = of.groups[key]?.within ?? null) {
        found.set(`g${key}`, box);
      }
    }
    return found;
  }

  // Move everything to its new place from its old one.
  /** @param {Map<string, Box> | null} before */
  function glide(before) {
    cancelAnimationFrame(gliding);
    cull.glide(null);
    if (!before || still()) return;
    const from = picture.vertices.map(({ id, within, box }) => {
      const old = before.get(id) ?? before.get(`g${within}`);
      return old ? { offset: [old.x - box.x, old.y - box.y], kept: before.has(id) } : { offset: STAY, kept: false };
    });
    if (from.every(({ offset: [dx, dy], kept }) => kept && Math.hypot(dx, dy) < 0.5)) return;
    const began = performance.now();
    cull.glide(from.map(({ offset }) => offset));
    (function move(now) {
      const part = Math.min(1, Math.max(0, (now - began) / GLIDE_MS));
      const rest = 1 - part * part * (3 - 2 * part);
      elements.forEach((made, place) => {
        const of = picture.of[place];
        const { offset: [dx, dy], kept } = of < 0 ? { offset: STAY, kept: false } : from[of];
        made.style.translate = part < 1 ? `${dx * rest}px ${dy * rest}px` : "";
        made.style.opacity = part < 1 && !kept ? String(1 - rest) : "";
      });
      if (part < 1) gliding = requestAnimationFrame(move);
      else cull.glide(null);
    })(began);
  }

  // The box of a vertex itself, which is a shadow before it appears.
  function bodies() {
    return new Map(marks.filter((mark) => layerOf(mark).shadow)
      .map(({ element: made }) => [picture.of[made], elements[made]]));
  }

  return {
    root,
    over,
    look,

    // Draw another picture at a step; `glides` if it is the same program's or nearly so. False if
    // yet another picture arrived before this one was drawn.
    /** @param {Plotly} Plotly @param {Picture} next @param {number} step @param {boolean} glides */
    async open(Plotly, next, step, glides) {
      flights.land();
      const before = picture !== NOTHING && glides ? places(picture) : null;
      picture = next;
      marks = [...rows(next.shape_marks), ...rows(next.text_marks)];
      index = step;
      const steps = Math.max(1, picture.frames.length);
      begins = Array.from({ length: steps }, () => []);
      ends = Array.from({ length: steps }, () => []);
      if (drawn !== next.drawn) {
        drawn = null;
        elements = [];
        const made = await draw(Plotly, plot, next.figure);
        if (picture !== next) return false;
        elements = made;
        drawn = next.drawn;
        cull.open(elements, next.of, next.vertices);
        for (const name of /** @type {const} */ (["width", "height"])) over.setAttribute(name, String(next[name]));
      }
      worn = elements.map(() => []);
      const constants = new Set(next.constants);
      elements.forEach((made, place) => made.toggleAttribute("data-constant", constants.has(next.of[place])));
      [far, fits] = ["", []];
      for (const part of [...tints, ...rings.children]) part.remove();
      tints = [];
      held = [];
      flights.open(picture);
      styles();
      marks.forEach((mark, place) => {
        const { element: made, first, last, text } = mark;
        begins[Math.min(first, steps - 1)].push(place);
        const look = layerOf(mark);
        if (grows(look)) {
          settle(elements[made], text ?? "", Number.parseFloat(look.style["font-size"]), picture.advance, picture.vertices[picture.of[made]].box);
        }
        if (last < steps) ends[last].push(place);
        if (seenAt(place, index)) set(place, true, new Set());
      });
      elements.forEach((_, place) => dress(place));
      look();
      glide(before);
      return true;
    },

    // To a step; one that `flies` fills its rows when its numbers have arrived.
    /** @param {number} next */
    go(next, flies = false) {
      flights.land();
      const [low, high] = [Math.min(index, next), Math.max(index, next)];
      const lines = flies && next > index ? begins[next].filter((place) => layerOf(marks[place]).pulse) : [];
      const elementsOf = lines.map((place) => marks[place].element);
      // A connector shows its source's numbers beside its line.
      const waiting = new Set([...flights.ends(next, elementsOf), ...elementsOf.map((made) => picture.of[made])]);
      index = next;
      const changed = new Set();
      for (let step = low + 1; step <= high; step += 1) {
        for (const place of [...begins[step], ...ends[step]]) {
          const waits = step === next && layerOf(marks[place]).arrives && waiting.has(picture.of[marks[place].element]);
          if (waits) held.push(place);
          else set(place, seenAt(place, index), changed);
        }
      }
      changed.forEach(dress);
    },

    // A tint on each vertex, with a tone and a strength from 0 to 1; null removes all tints.
    /** @param {(number | null)[] | null} strengths @param {string} tone */
    tint(strengths, tone) {
      for (const made of tints) made.remove();
      tints = [];
      root.classList.toggle("viz-tinted", Boolean(strengths)); // a colour on a colour is not readable
      if (!strengths || !elements.length) return;
      const found = bodies();
      strengths.forEach((strength, place) => {
        if (strength === null || picture.vertices[place].first > index) return;
        const { kind, box: { x, y, body_width: width, body_height: height } } = picture.vertices[place];
        const strange = strength === Infinity ? " viz-tint-strange" : "";
        const made = svg("rect", { class: `viz-tint tone-${tone}${strange}`, x: x - width / 2, y: y - height / 2, width, height,
          rx: kind === "disc" ? height / 2 : 9, "fill-opacity": (0.06 + 0.5 * Math.min(1, strength)).toFixed(3) });
        found.get(place)?.after(made);
        tints.push(made);
      });
    },

    // A ring around the selected vertex, another around the one with the keyboard focus.
    /** @param {[name: string, vertex: number | null][]} wanted */
    ring(...wanted) {
      rings.replaceChildren();
      for (const [name, vertex] of wanted) {
        const found = vertex === null ? undefined : picture.vertices[vertex];
        if (!found) continue;
        const { x, y, body_width: width, body_height: height } = found.box;
        svg("rect", { class: `viz-ring-${name}`, x: x - width / 2 - 5, y: y - height / 2 - 5,
          width: width + 10, height: height + 10, rx: found.kind === "disc" ? height / 2 + 5 : 13 }, rings);
      }
    },

    // What the step moves travels along its lines, forward or back.
    /** @param {number} duration */
    fly(duration) {
      const flying = picture.frames[index] ? begins[index].map((place) => marks[place]).filter((mark) => layerOf(mark).pulse && isShown(elements[mark.element])) : [];
      if (!flying.length) { land(); return; }
      flights.fly(index, flying.map(({ element: made }) => [made, elements[made].getAttribute("d") ?? ""]),
        layerOf(flying[0]).pulse ?? "value", duration, still(), land);
    },

    end() { flights.land(); cancelAnimationFrame(gliding); window.Plotly?.purge(plot); },
  };
}
