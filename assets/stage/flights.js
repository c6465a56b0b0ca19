// The numbers that travel along the lines of a step, and the moment at which they arrive.
//
// Backward, the gradient that arrived travels to the operation, stays there for a moment, becomes the
// gradient that is sent on, and travels to its card. Forward, the operands travel to the operation
// and then the result to its card. If no number is known a dot travels.

import { svg } from "../page/element.js";
import { rows } from "../page/table.js";
import { NOTHING } from "./nothing.js";

/** @import { Chip, Flights, Picture } from "../browser.js" */
/** @import { Row } from "../page/table.js" */
/** @import { Camera } from "./camera.js" */
/** @typedef {Row<Flights>} Flight */

const RADIUS = 6; // px of a dot
const RISE = 9; // px above its line, under which the local derivative is written
const TEXT = 13; // px of a chip's text
const ADVANCE = 7.9; // px of a character
const SPOT = 7; // px of an element of a chip's grid
const LEVELS = 9; // tints of a grid
// Fractions of a flight that changes on its way: until it reaches the operation, and until it leaves.
const THERE = 0.36;
const LEAVES = 0.56;
const SAMPLES = 40; // points of a line, to find the one nearest to the operation

/** @param {number} part */
const smooth = (part) => part * part * (3 - 2 * part);
/** @param {number} part @param {number} from @param {number} to */
const within = (part, from, to) => Math.min(1, Math.max(0, (part - from) / (to - from)));

// The fraction of a flight's line that it has covered, and true once it has changed; `middle` is the
// operation's place on the line.
/** @param {number} part @param {Pick<Flight, "before" | "after" | "late">} flight @param {number} middle @param {boolean} staged */
export function progress(part, { before, after, late }, middle, staged) {
  if (staged) return { along: smooth(within(part, late ? 0.5 : 0, late ? 0.95 : 0.5)), changed: late, seen: late ? part >= 0.5 : part < 0.55 };
  if (before === after) return { along: smooth(within(part, 0, 0.95)), changed: true, seen: true };
  if (part < LEAVES) return { along: middle * smooth(within(part, 0, THERE)), changed: false, seen: true };
  return { along: middle + (1 - middle) * smooth(within(part, LEAVES, 0.95)), changed: true, seen: true };
}

// The place on a line, from 0 to 1, that is nearest to a point.
/** @param {SVGPathElement} line @param {number} length @param {{ x: number, y: number }} point */
function nearest(line, length, point) {
  let best = 0;
  let least = Infinity;
  for (let sample = 0; sample <= SAMPLES; sample += 1) {
    const { x, y } = line.getPointAtLength(sample / SAMPLES * length);
    const far = Math.hypot(x - point.x, y - point.y);
    if (far < least) [best, least] = [sample / SAMPLES, far];
  }
  return best;
}

/** @param {Element} parent @param {Camera} camera */
export function createFlights(parent, camera) {
  const layer = svg("g", { class: "viz-flights" }, parent);
  let picture = NOTHING;
  /** @type {Map<string, Flight>} */
  let flights = new Map();
  let request = 0;
  /** @type {(() => void) | null} */
  let landed = null;

  /** @param {number} place */
  function make(place) {
    const group = svg("g", { class: "viz-travels", visibility: "hidden" }, layer);
    const chip = picture.chips[place];
    if (!chip) { svg("circle", { r: RADIUS }, group); return group; }
    const { text, grid = [] } = chip;
    const wide = Math.max(text.length * ADVANCE, (grid[0]?.length ?? 0) * SPOT) + 14;
    const high = TEXT + 9 + grid.length * SPOT + (grid.length ? 3 : 0);
    svg("rect", { x: -wide / 2, y: -high / 2, width: wide, height: high, rx: Math.min(11, high / 2) }, group);
    svg("text", { y: -high / 2 + 4.5 + TEXT / 2 }, group).textContent = text;
    const left = -(grid[0]?.length ?? 0) * SPOT / 2;
    const top = high / 2 - 5 - grid.length * SPOT;
    grid.forEach((row, down) => row.forEach((level, across) => {
      svg("rect", { class: level < 0 ? "viz-spot viz-spot-minus" : "viz-spot", x: left + across * SPOT,
        y: top + down * SPOT, width: SPOT, height: SPOT, "fill-opacity": Math.abs(level) / LEVELS }, group);
    }));
    return group;
  }

  // Ends the current flights: they have arrived.
  function land() {
    cancelAnimationFrame(request);
    layer.replaceChildren();
    const done = landed;
    landed = null;
    done?.();
  }

  return {
    land,

    /** @param {Picture} next */
    open(next) {
      land();
      picture = next;
      flights = new Map(rows(next.flights).map((flight) => [`${flight.step} ${flight.element}`, flight]));
    },

    // The vertices to which something travels along these elements at a step.
    /** @param {number} step @param {number[]} lines */
    ends: (step, lines) => new Set(lines.map((element) => flights.get(`${step} ${element}`)?.to)),

    // Have a step's numbers travel along its lines, [element, path] each, in `duration`
    // milliseconds; `still` fades them from one end to the other instead. Then `arrived` is called.
    /** @param {number} step @param {[number, string][]} lines @param {string} tone @param {number} duration @param {boolean} still @param {() => void} arrived */
    fly(step, lines, tone, duration, still, arrived) {
      land();
      landed = arrived;
      layer.setAttribute("class", `viz-flights tone-${tone}`);
      const scale = 1 / Math.min(1, camera.scale);
      const all = lines.map(([element, d]) => {
        const flight = flights.get(`${step} ${element}`) ?? { before: -1, after: -1, late: false, via: -1 };
        // Measured on a copy outside the page: on the page itself, everything would be laid out at once.
        const line = /** @type {SVGPathElement} */ (svg("path", { d }));
        const length = line.getTotalLength();
        const via = picture.vertices[flight.via];
        return { flight, line, length, middle: via && flight.before !== flight.after ? nearest(line, length, via.box) : 0.5,
          before: make(flight.before), after: make(flight.after) };
      });
      const rise = tone === "gradient" ? RISE * scale : 0;
      const staged = all.some(({ flight }) => flight.late);
      const began = performance.now();
      (function move(now) {
        const part = Math.min(1, Math.max(0, (now - began) / duration));
        for (const { flight, line, length, middle, before, after } of all) {
          const { along, changed, seen } = progress(part, flight, middle, staged);
          const place = still ? Number(changed) : along;
          const { x, y } = line.getPointAtLength(place * length);
          const [shown, other] = changed ? [after, before] : [before, after];
          shown.setAttribute("transform", `translate(${x} ${y - rise}) scale(${scale})`);
          shown.setAttribute("visibility", seen ? "visible" : "hidden");
          if (still) shown.setAttribute("opacity", String(changed ? along : 1 - along));
          other.setAttribute("visibility", "hidden");
        }
        if (part < 1) request = requestAnimationFrame(move);
        else land();
      })(began);
    },
  };
}
