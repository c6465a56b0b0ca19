// Predict: a backward step's gradient is asked for before it is shown
// (viz_app/picture/story/questions.py).
//
// While a question is open the picture stays at the step before, with "?" in place of the answer;
// caption, formula and table contain no answer, nor do the panels that show later steps
// (stage.css).

import { element, svg } from "../page/element.js";
import { fill } from "../page/words.js";
import { spelled } from "./said.js";
import { NOTHING } from "./nothing.js";

/** @import { Picture, Question } from "../browser.js" */

const NEAR = 0.01; // relative error allowed in an answer: three digits are enough
const FACTORS = [2, 3, 4, 5, 6, 7, 8, 9, 10];

const near = (found, wanted) => Math.abs(found - wanted) <= Math.max(NEAR * Math.abs(wanted), 1e-9);
const all = (found, wanted) => found.length === wanted.length && found.every((each, at) => near(each, wanted[at]));

// The numbers of an answer, with any brackets; null for any other text.
export function read(text) {
  const parts = text.replace(/[[\](){}]/g, " ").replace(/\u2212/g, "-").trim().split(/[\s,;]+/);
  const numbers = parts.map((part) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part) ? Number(part) : NaN));
  return numbers.every(Number.isFinite) ? numbers : null;
}

// [key, params] of the hint that the numbers allow.
/**
 * @param {number[]} found
 * @param {Pick<Question, "kind" | "numbers" | "slips">} question
 * @returns {[string, Record<string, number>]}
 */
export function judge(found, { kind, numbers, slips }) {
  if (found.length !== numbers.length) return ["size", { count: numbers.length }];
  if (all(found, numbers)) return ["right", {}];
  for (const slip of slips) if (all(found, slip.numbers)) return [slip.key, {}];
  for (const factor of FACTORS) {
    if (numbers.some((each) => each !== 0)) {
      if (all(found.map((each) => each * factor), numbers)) return ["small", { factor }];
      if (all(found, numbers.map((each) => each * factor))) return ["large", { factor }];
    }
  }
  const good = found.filter((each, at) => near(each, numbers[at])).length;
  return good ? ["some", { right: good, count: numbers.length }] : [`wrong_${kind}`, {}];
}

export function createPredict(root, tools, after, over, { again, changed }) {
  const toggle = element("button", "viz-switch viz-predict-switch", tools);
  toggle.type = "button";
  const score = element("span", "viz-predict-score tone-muted", tools);
  score.setAttribute("role", "status");
  const form = element("form", "viz-predict");
  form.hidden = true;
  after.after(form);
  const input = element("input", "", form);
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  const check = element("button", "", form);
  const reveal = element("button", "", form);
  reveal.type = "button";
  const said = element("span", "viz-predict-said", form);
  said.setAttribute("role", "status");
  const mark = svg("g", { class: "viz-predict-mark" }, over);

  let picture = NOTHING;
  let on = false;
  /** @type {{ step: number, question: Question } | null} */
  let asked = null; // the step whose question is open
  let last = 0; // the step shown before
  let done = new Set(); // steps whose answer is known
  let [right, count] = [0, 0];

  function tellScore(key) {
    const words = picture.words;
    score.textContent = !on || !count ? "" : fill(words.predict_score, { right, count });
    if (key) score.textContent = `${words[key]} ${score.textContent}`;
  }

  function close(key) {
    if (!asked) return;
    count += 1;
    right += key === "predict_right" ? 1 : 0;
    done.add(asked.step);
    tellScore(key);
    const inside = form.contains(document.activeElement);
    again();
    if (inside && asked === null) root.focus({ preventScroll: true });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const numbers = read(input.value);
    if (numbers === null) { said.textContent = picture.words.predict_numbers; return; }
    if (!asked) return;
    const [key, params] = judge(numbers, asked.question);
    if (key === "right") close("predict_right");
    else said.textContent = fill(picture.words[`predict_${key}`], params);
  });
  reveal.addEventListener("click", () => close("predict_shown"));
  // Keys typed here are not the picture's.
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") root.focus({ preventScroll: true });
  });
  toggle.addEventListener("click", () => {
    choose(!on);
    if (on) done.add(last); // it is on the screen
    again();
    changed();
  });

  function choose(wanted) {
    on = wanted;
    toggle.setAttribute("aria-pressed", String(on));
    document.documentElement.toggleAttribute("data-viz-predict", on);
    if (picture !== NOTHING) tellScore();
  }
  choose(false);

  function draw() {
    mark.replaceChildren();
    if (!asked) return;
    const { x, y, body_width: width, body_height: height } = picture.vertices[asked.question.vertex].box;
    const high = 20;
    const top = y + height / 2 - high - 4;
    svg("rect", { x: x - width / 2 + 3, y: top, width: width - 6, height: high, rx: 6 }, mark);
    svg("text", { x, y: top + high / 2 }, mark).textContent = "∇ ?";
  }

  return {
    on: () => on,
    choose,
    asks: () => asked !== null,

    /** @param {Picture} next */
    open(next) {
      if (picture.version !== next.version) done = new Set();
      picture = next;
      const words = picture.words;
      toggle.textContent = words.predict;
      toggle.title = words.predict_what;
      form.setAttribute("aria-label", words.predict);
      check.textContent = words.predict_check;
      reveal.textContent = words.predict_show;
      tellScore();
    },

    // The step whose picture is shown for `step`: the one before it while there is a question.
    // Going back asks nothing: those steps have been seen.
    seen(step) {
      const before = asked?.step;
      const question = on && step >= last && !done.has(step) ? picture.frames[step]?.ask : null;
      asked = question ? { step, question } : null;
      last = step;
      form.hidden = asked === null;
      document.documentElement.toggleAttribute("data-viz-asked", asked !== null);
      if (asked?.step !== before) { input.value = ""; said.textContent = ""; }
      if (!question) return step;
      input.setAttribute("aria-label", fill(picture.words.predict_answer, question));
      input.placeholder = question.numbers.length > 1 ? picture.words.predict_several : picture.words.predict_one;
      return step - 1;
    },

    // The question instead of the caption.
    show(caption, formula) {
      if (!asked) return;
      const { kind, place, node, ...params } = asked.question;
      const key = place ? `predict_${kind}_place` : `predict_${kind}`;
      caption.replaceChildren();
      element("span", "", caption, fill(picture.words[key], { place, ...params, node: spelled(node) }));
      formula.replaceChildren();
    },

    draw,

    // Stepping by keys or buttons moves the focus into the field.
    enter() {
      const from = document.activeElement;
      const stepping = from === root || from?.matches(".viz-transport .viz-button");
      if (asked !== null && stepping && root.contains(from)) input.focus({ preventScroll: true });
    },
    vertex: () => asked?.question.vertex ?? null,
    end() {
      for (const name of ["data-viz-asked", "data-viz-predict"]) document.documentElement.removeAttribute(name);
    },
  };
}
