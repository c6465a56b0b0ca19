// The picture as SVG: a group of elements for each vertex and each link, made once, shown by step.
//
// A mark is [layer, first, last, shape, of, text?, weight?]: an element that is seen at the steps
// first <= s < last; `of` is the vertex it belongs to, or -1 - the link. From one step to another
// only the marks that begin or end between them are touched, so a step costs what it changes.
// When the picture changes, what both pictures have glides from its old place to its new one.

import { svg } from "../page/element.js";

const GLIDE_MS = 420;
const RADIUS = 6; // px of a pulse
// Zoom changes what is shown: below these scales names only, then neither names.
const NAMES = 0.5;
const DOTS = 0.24;
const KEPT_SMALL = new Set(["names", "symbols"]);

function shapeElement(shape, kind, closed) {
  if (shape.length === 5) {
    const [x, y, width, height, corner] = shape;
    return svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: Math.min(corner, width / 2, height / 2) });
  }
  const [xs, ys] = shape;
  if (kind === "text") return svg("text", { x: xs[0], y: ys[0] });
  const points = xs.map((x, k) => `${x} ${ys[k]}`).join("L");
  return svg("path", { d: `M${points}${closed ? "Z" : ""}` });
}

export function createDrawing(parent, camera) {
  const root = svg("svg", { class: "viz-plot", "aria-hidden": "true" }, parent);
  const style = svg("style", {}, root);
  const world = svg("g", {}, root);
  const linkGroups = svg("g", {}, world);
  const vertexGroups = svg("g", {}, world);
  const rings = svg("g", { class: "viz-rings" }, world);
  const pulses = svg("g", { class: "viz-pulse" }, world);
  let picture = null;
  let index = 0;
  let groups = new Map(); // of -> <g>
  let elements = []; // a mark's element, once it was needed
  let begins = []; // marks by their first step
  let ends = []; // marks by their last step
  let tints = [];
  let flight = 0;
  let gliding = 0;

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  function group(of) {
    if (!groups.has(of)) groups.set(of, svg("g", {}, of < 0 ? linkGroups : vertexGroups));
    return groups.get(of);
  }

  function set(place, seen) {
    if (!seen) { elements[place]?.setAttribute("display", "none"); return; }
    if (elements[place]) { elements[place].removeAttribute("display"); return; }
    const [layer, , , shape, of, text, weight] = picture.marks[place];
    const { kind, name } = picture.layers[layer];
    const made = shapeElement(picture.shapes[shape], kind, name.endsWith("heads"));
    made.setAttribute("class", `l${layer}`);
    if (text) made.textContent = text;
    // The size of a gradient at a glance: from a hair to the width of the present step.
    if (weight !== undefined && name === "arcs") made.style.strokeWidth = `${0.7 + 4.3 * weight}px`;
    elements[place] = made;
    insert(made, of, layer);
  }

  // Within its group an element stands by its layer, whenever it was made.
  function insert(made, of, layer) {
    const siblings = group(of).children;
    let after = siblings.length;
    while (after > 0 && siblings[after - 1].layer > layer) after -= 1;
    made.layer = layer;
    group(of).insertBefore(made, siblings[after] ?? null);
  }

  const seenAt = (place, step) => picture.marks[place][1] <= step && step < picture.marks[place][2];

  function look() {
    const { scale, x, y, width, height } = camera;
    world.setAttribute("transform",
      `translate(${width / 2 - x * scale} ${height / 2 - y * scale}) scale(${scale})`);
    root.dataset.detail = scale < DOTS ? "dots" : scale < NAMES ? "names" : "cards";
    // Names stay readable while the cards shrink under them.
    root.style.setProperty("--viz-grow", String(Math.max(1, Math.min(2.2, NAMES / scale))));
  }

  function styles() {
    const rules = picture.layers.map(({ style: look }, layer) => {
      const body = Object.entries(look).map(([name, value]) => `${name}:${value}`).join(";");
      return `.viz-plot .l${layer}{${body}}`;
    });
    const texts = picture.layers.map(({ kind, name }, layer) => [kind, name, layer]).filter(([kind]) => kind === "text");
    const hidden = texts.filter(([, name]) => !KEPT_SMALL.has(name)).map(([, , layer]) => `.viz-plot[data-detail=names] .l${layer}`);
    hidden.push(...texts.map(([, , layer]) => `.viz-plot[data-detail=dots] .l${layer}`));
    rules.push(`${hidden.join(",")}{display:none}`);
    for (const [, name, layer] of texts.filter(([, name]) => KEPT_SMALL.has(name))) {
      const size = Number.parseFloat(picture.layers[layer].style["font-size"]);
      rules.push(`.viz-plot[data-detail=names] .l${layer}{font-size:calc(${size}px*var(--viz-grow))}`);
      if (name === "names") rules.push(`.viz-plot[data-detail=names] .l${layer}{dominant-baseline:hanging}`);
    }
    style.textContent = rules.join("\n");
  }

  // Where each box is, and each open group: where the first box in it is.
  function places(of) {
    const found = new Map(of.vertices.map(({ id, box }) => [id, box]));
    for (const { within, box } of of.vertices) {
      for (let key = within; key !== null && !found.has(`g${key}`); key = of.groups[key]?.[2] ?? null) {
        found.set(`g${key}`, box);
      }
    }
    return found;
  }

  // Everything in its new place, coming from where it was.
  function glide(before) {
    cancelAnimationFrame(gliding);
    if (!before || still()) return;
    const from = picture.vertices.map(({ id, within, box }) => {
      const old = before.get(id) ?? before.get(`g${within}`);
      return old ? [old[0] - box[0], old[1] - box[1], before.has(id)] : [0, 0, false];
    });
    if (from.every(([dx, dy, kept]) => kept && Math.hypot(dx, dy) < 0.5)) return;
    const began = performance.now();
    (function move(now) {
      const part = Math.min(1, Math.max(0, (now - began) / GLIDE_MS));
      const rest = 1 - part * part * (3 - 2 * part);
      for (const [of, made] of groups) {
        if (of < 0) made.setAttribute("opacity", String(1 - rest));
        else {
          const [dx, dy, kept] = from[of];
          made.setAttribute("transform", `translate(${dx * rest} ${dy * rest})`);
          if (!kept) made.setAttribute("opacity", String(1 - rest));
        }
        if (part >= 1) { made.removeAttribute("transform"); made.removeAttribute("opacity"); }
      }
      if (part < 1) gliding = requestAnimationFrame(move);
    })(began);
  }

  return {
    root,
    look,

    // Draw another picture at a step; `glides` when it is the same program's or nearly so.
    open(next, step, glides) {
      const before = picture && glides ? places(picture) : null;
      picture = next;
      index = step;
      groups = new Map();
      elements = new Array(picture.marks.length);
      const steps = Math.max(1, picture.frames.length);
      begins = Array.from({ length: steps }, () => []);
      ends = Array.from({ length: steps }, () => []);
      tints = [];
      for (const part of [linkGroups, vertexGroups, rings, pulses]) part.replaceChildren();
      styles();
      picture.marks.forEach(([, first, last], place) => {
        begins[Math.min(first, steps - 1)].push(place);
        if (last < steps) ends[last].push(place);
        if (seenAt(place, index)) set(place, true);
      });
      look();
      glide(before);
    },

    go(next) {
      const [low, high] = [Math.min(index, next), Math.max(index, next)];
      index = next;
      for (let step = low + 1; step <= high; step += 1) {
        for (const place of begins[step]) set(place, seenAt(place, index));
        for (const place of ends[step]) set(place, seenAt(place, index));
      }
    },

    // A tint on each vertex, of a tone and a strength from 0 to 1; null takes all away.
    tint(strengths, tone) {
      for (const made of tints) made?.remove();
      tints = [];
      const layer = picture.layers.findIndex(({ name }) => name === "reached") + 0.5;
      strengths?.forEach((strength, place) => {
        if (strength === null || picture.vertices[place].first > index) return;
        const { kind, box: [x, y, , , width, height] } = picture.vertices[place];
        const made = svg("rect", { class: `viz-tint tone-${tone}`, x: x - width / 2, y: y - height / 2, width, height,
          rx: kind === "disc" ? height / 2 : 9, "fill-opacity": (0.06 + 0.5 * strength).toFixed(3) });
        insert(made, place, layer);
        tints.push(made);
      });
    },

    // A ring around the chosen vertex, another around the one the keys are at.
    ring(...wanted) {
      rings.replaceChildren();
      for (const [name, vertex] of wanted) {
        const found = picture?.vertices[vertex];
        if (!found) continue;
        const [x, y, , , width, height] = found.box;
        svg("rect", { class: `viz-ring-${name}`, x: x - width / 2 - 5, y: y - height / 2 - 5,
          width: width + 10, height: height + 10, rx: found.kind === "disc" ? height / 2 + 5 : 13 }, rings);
      }
    },

    // A pulse travels the way of the step, forward or back.
    fly(duration) {
      cancelAnimationFrame(flight);
      pulses.replaceChildren();
      const current = picture.frames[index];
      if (still() || !current) return;
      const forward = current.phase === "forward";
      const layer = picture.layers.findIndex(({ name }) => name === (forward ? "now_lines" : "back_lines"));
      const routes = [...begins[index]].filter((place) => picture.marks[place][0] === layer)
        .map((place) => picture.shapes[picture.marks[place][3]]);
      if (!routes.length) return;
      pulses.setAttribute("class", `viz-pulse ${forward ? "tone-value" : "tone-gradient"}`);
      const dots = routes.map(() => svg("circle", { r: RADIUS / Math.min(1, camera.scale), visibility: "hidden" }, pulses));
      const lengths = routes.map(([x, y]) => {
        const sums = [0];
        for (let i = 1; i < x.length; i += 1) sums.push(sums[i - 1] + Math.hypot(x[i] - x[i - 1], y[i] - y[i - 1]));
        return sums;
      });
      const began = performance.now();
      (function move(now) {
        const part = Math.min(1, Math.max(0, (now - began) / duration));
        const eased = part * part * (3 - 2 * part);
        routes.forEach(([x, y], k) => {
          const way = eased * lengths[k].at(-1);
          const i = Math.max(1, lengths[k].findIndex((sum) => sum >= way));
          const share = (way - lengths[k][i - 1]) / (lengths[k][i] - lengths[k][i - 1] || 1);
          dots[k].setAttribute("cx", String(x[i - 1] + (x[i] - x[i - 1]) * share));
          dots[k].setAttribute("cy", String(y[i - 1] + (y[i] - y[i - 1]) * share));
          dots[k].setAttribute("visibility", "visible");
        });
        if (part < 1) flight = requestAnimationFrame(move);
        else pulses.replaceChildren();
      })(began);
    },

    end() { cancelAnimationFrame(flight); cancelAnimationFrame(gliding); },
  };
}
