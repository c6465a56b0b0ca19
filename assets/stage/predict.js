// Predict: a backward step's gradient is asked for before it is shown
// (viz_app/picture/story/questions.py): every one while the mode is on, else those of which a lesson
// asks it (window event "viz:asks").
//
// While a question is open the picture stays at the step before, with "?" in place of the answer;
// caption, formula and table contain no answer, nor do the panels that show later steps
// (stage.css).

import { element, svg } from "../page/element.js";
import { fill } from "../page/words.js";
import { judge, read } from "./judge.js";
import { spelled } from "./sentence.js";
import { NOTHING } from "./nothing.js";

/** @import { Asked, Picture, Question } from "../browser.js" */

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} tools
 * @param {HTMLElement} after
 * @param {Element} over
 * @param {{ again: () => void, changed: () => void }} act
 */
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
  const status = element("span", "viz-predict-said", form);
  status.setAttribute("role", "status");
  const mark = svg("g", { class: "viz-predict-mark" }, over);

  let picture = NOTHING;
  let on = false;
  /** @type {{ step: number, question: Question } | null} */
  let asked = null; // the step whose question is open
  let last = 0; // the step shown before
  let done = new Set(); // steps whose answer is known
  /** @type {number[]} */
  let wanted = []; // steps of the lesson's own questions
  let [right, count] = [0, 0];

  /** @param {Question} question */
  function worded({ kind, place, there, node, received, ...params }) {
    const given = kind === "send" && received ? "given" : kind;
    const key = place ? `predict_${given}_place` : `predict_${given}`;
    const asks = fill(picture.words[key], { place, received, ...params, node: spelled(node) });
    return there ? `${asks} (${there})` : asks;
  }

  /** @param {string} [key] */
  function showScore(key) {
    const words = picture.words;
    score.textContent = (!on && !key) || !count ? "" : fill(words.predict_score, { right, count });
    if (key) score.textContent = `${words[key]} ${score.textContent}`;
  }

  /** @param {string} key */
  function close(key) {
    if (!asked) return;
    count += 1;
    right += key === "predict_right" ? 1 : 0;
    done.add(asked.step);
    showScore(key);
    const inside = form.contains(document.activeElement);
    again();
    if (inside && asked === null) root.focus({ preventScroll: true });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const numbers = read(input.value);
    if (numbers === null) { status.textContent = picture.words.predict_numbers; return; }
    if (!asked) return;
    const [key, params] = judge(numbers, asked.question);
    if (key === "right") close("predict_right");
    else status.textContent = fill(picture.words[`predict_${key}`], params);
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

  /** @param {boolean} wanted */
  function choose(wanted) {
    on = wanted;
    toggle.setAttribute("aria-pressed", String(on));
    document.documentElement.toggleAttribute("data-viz-predict", on);
    if (picture !== NOTHING) showScore();
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
    // What is on the screen is no question any more.
    /** @param {number[]} steps */
    want(steps) {
      wanted = steps;
      if (!asked) done.add(last);
    },
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
      // What hides its content meanwhile says so (stage.css).
      document.documentElement.style.setProperty("--viz-asked", JSON.stringify(words.predict_hidden));
      showScore();
    },

    // The step whose picture is shown for `step`: the one before it while there is a question.
    // Going back asks nothing: those steps have been seen.
    /** @param {number} step @returns {number} */
    seen(step) {
      const before = asked?.step;
      const question = (on || wanted.includes(step)) && step >= last && !done.has(step) ? picture.frames[step]?.ask : null;
      asked = question ? { step, question } : null;
      last = step;
      form.hidden = asked === null;
      document.documentElement.toggleAttribute("data-viz-asked", asked !== null);
      if (asked?.step !== before) { input.value = ""; status.textContent = ""; }
      if (!question) return step;
      input.setAttribute("aria-label", fill(picture.words.predict_answer, question));
      input.placeholder = question.numbers.length > 1 ? picture.words.predict_several : picture.words.predict_one;
      return step - 1;
    },

    // The question instead of the caption.
    /** @param {HTMLElement} caption @param {HTMLElement} formula */
    show(caption, formula) {
      if (!asked) return;
      caption.replaceChildren();
      element("span", "", caption, worded(asked.question));
      formula.replaceChildren();
    },

    // The question about the gradient of the step that comes next.
    /** @param {number} step the present one @returns {Asked | null} */
    next(step) {
      const at = asked ? asked.step : step + 1;
      const question = picture.frames[at]?.ask;
      return question ? { step: at, text: worded(question), question } : null;
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
      document.documentElement.style.removeProperty("--viz-asked");
    },
  };
}
