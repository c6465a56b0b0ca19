// Play, pause, steps and speed: the controls below the picture and their timer.
//
// `show(step)` is called for each step to show, `changed()` when playing or speed has changed.

import { element, svg } from "../page/element.js";
import { createRange } from "./range.js";
import { NOTHING } from "./nothing.js";

/** @import { Frame, Picture } from "../browser.js" */

const STEP_MS = 1600; // a caption's reading time at speed 1
const MOST_MARKS = 40; // number of passes that are marked one by one
// What a step changes: gradients, or else values.
const gradient = (/** @type {Pick<Frame, "half">} */ { half }) => half === "backward" || half === "write";
export const SPEEDS = [0.5, 1, 2, 4];
const ACTIONS = /** @type {const} */ (["first", "previous", "play", "next", "last"]);
/** @typedef {typeof ACTIONS[number]} Action */
const ICONS = {
  first: "M6 5v14M19 5v14l-10-7z", previous: "M17 5v14L6 12z", play: "M7 4.5v15L20 12z",
  pause: "M8 5v14M16 5v14", next: "M7 5v14l11-7z", last: "M18 5v14M5 5v14l10-7z",
  loop: "M4 12V9a3 3 0 0 1 3-3h11M15 3l3 3-3 3M20 12v3a3 3 0 0 1-3 3H6M9 21l-3-3 3-3",
};

/** @param {keyof typeof ICONS} name */
function icon(name) {
  const made = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg("path", { d: ICONS[name] }, made);
  return made;
}

/** @param {HTMLElement} root @param {{ show: (step: number) => void, changed: () => void }} act */
export function createTransport(root, { show, changed }) {
  const bar = element("div", "viz-transport", root);
  const buttons = /** @type {Record<Action, HTMLButtonElement>} */ ({});
  for (const name of ACTIONS) {
    buttons[name] = element("button", `viz-button viz-${name}`, bar);
    buttons[name].type = "button";
    buttons[name].append(icon(name));
  }
  const scrub = element("span", "viz-scrub", bar);
  const range = createRange(scrub);
  const slider = element("input", "viz-slider", scrub);
  slider.type = "range";
  slider.min = "0";
  const counter = element("span", "viz-counter", bar);
  const speed = element("select", "viz-speed", bar);
  const loop = element("button", "viz-button viz-loop", bar);
  loop.type = "button";
  loop.append(icon("loop"));
  const status = element("span", "viz-unseen", bar);
  status.setAttribute("aria-live", "polite");
  for (const value of SPEEDS) element("option", "", speed, `${value}×`).value = String(value);
  speed.value = "1";

  let picture = NOTHING;
  let index = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer; // of the next step, while it plays

  const last = () => Math.max(0, picture.frames.length - 1);
  const pause = () => STEP_MS / Number(speed.value);

  // `wait`: milliseconds until the first step; `after`: the step after a step, if not the next one.
  /** @param {boolean} on @param {number} [wait] @param {(step: number) => number} [after] */
  function play(on, wait = pause(), after) {
    clearTimeout(timer);
    timer = undefined;
    if (on && picture.frames.length > 1) {
      const around = after ? null : range.loop();
      if (around && (index < around[0] || index >= around[1])) show(around[0]);
      else if (index >= last()) show(after?.(-1) ?? 0);
      const tick = () => {
        const loops = after ? null : range.loop();
        const [from, to] = loops ?? [0, Infinity];
        show(index >= to ? from : after?.(index) ?? index + 1);
        if (index >= last() && !loops) play(false);
        else if (timer !== undefined) timer = setTimeout(tick, pause()); // a question ends it
      };
      timer = setTimeout(tick, wait);
    }
    const name = timer === undefined ? "play" : "pause";
    buttons.play.replaceChildren(icon(name));
    buttons.play.setAttribute("aria-label", picture.words[name]);
    buttons.play.title = picture.words[name];
    changed();
  }

  /** @param {number} step */
  function go(step) { play(false); show(step); }

  /** @param {number} by */
  function faster(by) {
    const place = SPEEDS.indexOf(Number(speed.value)) + by;
    speed.value = String(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, place))]);
    changed();
  }

  // The loop's next end, or its end; once it has both it plays.
  function mark() {
    range.mark(index);
    showRange();
    if (range.loop()) play(true);
  }
  function showRange() {
    loop.setAttribute("aria-label", range.label());
    loop.title = range.label();
    loop.setAttribute("aria-pressed", String(range.begun()));
    status.textContent = range.status();
  }

  /** @type {Record<Action, () => void>} */
  const actions = {
    first: () => go(0),
    previous: () => go(index - 1),
    play: () => play(timer === undefined),
    next: () => go(index + 1),
    last: () => go(last()),
  };
  for (const name of ACTIONS) buttons[name].addEventListener("click", () => picture !== NOTHING && actions[name]());
  loop.addEventListener("click", () => picture !== NOTHING && mark());
  slider.addEventListener("input", () => picture !== NOTHING && go(Number(slider.value)));
  speed.addEventListener("change", () => picture !== NOTHING && changed());

  // One band of colour for each half of each pass, and a mark where a pass begins.
  function rail() {
    /** @type {[colour: string, from: string, to: string][]} */
    const stops = [];
    picture.frames.forEach((frame, place) => {
      if (place === 0) return;
      const colour = gradient(frame) ? "--viz-gradient_line" : "--viz-value_line";
      const [from, to] = [(place - 1) / last(), place / last()].map((part) => `${(part * 100).toFixed(2)}%`);
      const before = stops.at(-1);
      if (before?.[0] === colour) before[2] = to;
      else stops.push([colour, from, to]);
    });
    const marks = picture.passes.length > MOST_MARKS ? [] : picture.passes.slice(1).map(({ first }) =>
      `linear-gradient(var(--viz-ink), var(--viz-ink)) ${(first / last() * 100).toFixed(2)}% 0 / 2px 100% no-repeat`);
    const halves = stops.length
      ? `linear-gradient(90deg, ${stops.map(([c, from, to]) => `var(${c}) ${from} ${to}`).join(", ")})` : "none";
    slider.style.setProperty("--viz-rail", [...marks, halves].join(", "));
  }

  return {
    play,
    go,
    playing: () => timer !== undefined,
    speed: () => Number(speed.value),
    /** @param {number | null} value */
    setSpeed(value) { if (value !== null && SPEEDS.includes(value)) speed.value = String(value); },
    keys: () => ({
      " ": actions.play, ArrowRight: actions.next, ArrowLeft: actions.previous, Home: actions.first,
      PageDown: actions.next, PageUp: actions.previous,
      End: actions.last, "[": () => faster(-1), "]": () => faster(1), KeyL: mark,
      ...(range.begun() && { Escape: () => { range.clear(); showRange(); } }),
    }),

    /** @param {Picture} next */
    open(next) {
      if (picture.structure !== next.structure) range.clear();
      picture = next;
      range.open(picture);
      showRange();
      const words = picture.words;
      for (const name of /** @type {const} */ (["first", "previous", "next", "last"])) {
        buttons[name].setAttribute("aria-label", words[name]);
        buttons[name].title = words[name];
      }
      slider.setAttribute("aria-label", words.step);
      speed.setAttribute("aria-label", words.speed);
      slider.max = String(last());
      slider.setAttribute("aria-valuemin", "0");
      slider.setAttribute("aria-valuemax", String(last()));
      slider.disabled = last() === 0;
      rail();
    },

    /** @param {number} step */
    show(step) {
      index = step;
      slider.value = String(index);
      slider.setAttribute("aria-valuenow", String(index));
      const current = picture.frames[index];
      if (!current) { counter.textContent = ""; return; }
      const words = picture.words;
      const pass = (current.pass_number ?? 1) > 1 ? ` (${words.pass} ${current.pass_number})` : "";
      counter.textContent = `${words[current.half]} ${current.place} / ${current.count}${pass}`;
      counter.className = `viz-counter ${gradient(current) ? "tone-gradient" : "tone-value"}`;
      slider.setAttribute("aria-valuetext", counter.textContent);
    },

    end() { clearTimeout(timer); },
  };
}
