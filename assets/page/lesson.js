// The lesson beside the picture, one thing at a time: its question and ideas, a prediction, the
// goal with hints.
//
// In: data (LessonData). An idea is a button that takes the picture to the step that shows it; its
// answer is hidden while predict mode is on (lesson.css). The goal's line is always in view.
// Out: state "chosen" = {slug, text, count}: the lesson that is to be opened next, with its text if it is
// one of a course that the visitor brought.
// Sends window events "viz:goto" {step, panel, group}, "viz:goal" {text, reached}, "viz:change" {kind, at} for a
// what-if, and "viz:asks" {steps}: the steps whose gradient is asked for before an idea's words are shown;
// listens to "viz:step" {index} and "viz:drawn".

import { element } from "./element.js";
import { dispatch, listen } from "./events.js";
import { mount } from "./panel.js";
import { begin, bring, finish, following, remember } from "./progress.js";

/** @import { LessonData, Step } from "../browser.js" */
/** @import { Component } from "./panel.js" */

const PANES = /** @type {const} */ (["ideas", "predict", "goal"]);
/** @typedef {typeof PANES[number]} Pane */
/** @type {Record<string, number | undefined>} */
const MOVES = { ArrowLeft: -1, ArrowRight: 1 };

/** @param {HTMLElement} root @param {Component<LessonData>} first */
function createLesson(root, first) {
  const bar = element("div", "viz-lesson-bar", root);
  bar.setAttribute("role", "tablist");
  const tabs = /** @type {Record<Pane, HTMLButtonElement>} */ ({});
  const panes = /** @type {Record<Pane, HTMLElement>} */ ({});
  for (const name of PANES) {
    tabs[name] = element("button", "viz-lesson-tab", bar);
    tabs[name].type = "button";
    tabs[name].id = `viz-lesson-tab-${name}`;
    tabs[name].setAttribute("role", "tab");
    tabs[name].addEventListener("click", () => open(name));
    panes[name] = element("div", "viz-lesson-pane", root);
    panes[name].id = `viz-lesson-${name}`;
    panes[name].setAttribute("role", "tabpanel");
    panes[name].setAttribute("aria-labelledby", tabs[name].id);
    tabs[name].setAttribute("aria-controls", panes[name].id);
  }
  bar.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    const there = PANES.filter((name) => !tabs[name].hidden);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const next = there[(there.indexOf(shown) + move + there.length) % there.length];
    open(next);
    tabs[next].focus();
  });
  const line = element("p", "viz-lesson-goal", root);
  line.setAttribute("aria-live", "polite");
  const list = element("ol", "viz-ideas");

  let { data, setStateValue: send } = first;
  let begun = false; // the first data has been shown
  /** @type {Pane} */
  let shown = "ideas";
  /** @type {number | null} */
  let index = null;
  /** @type {Set<number>} */
  let tried = new Set(); // places of the choices that were tried
  let hints = 0; // number of hints that are open
  /** @type {number | null} */
  let pending = null; // the idea whose group is being unfolded
  let count = 0;
  /** @type {Set<number>} */
  let seen = new Set(); // places of the ideas whose question was answered, or whose step was seen

  // The buttons of the ideas.
  const buttons = () => [.../** @type {NodeListOf<HTMLButtonElement>} */ (list.querySelectorAll("button:not(.viz-ideas-try)"))];

  // Alone beside the whole picture: who follows a room is asked by its teacher.
  function ask() {
    const { ideas } = data;
    const alone = !root.hidden && !document.documentElement.hasAttribute("data-viz-room");
    dispatch("viz:asks", { steps: ideas.flatMap(({ asks, step }, place) => (asks && alone && step !== null && !seen.has(place) ? [step] : [])) });
  }

  // A question is open while the step it is about is the next one.
  /** @param {Step} shown */
  function see({ step, next }) {
    const before = seen.size;
    for (const [place, idea] of data.ideas.entries()) {
      const reached = idea.step !== null && (step > idea.step || (step === idea.step && next?.step !== step));
      if (idea.asks && reached) seen.add(place);
    }
    if (seen.size === before) return;
    ask();
    drawIdeas();
  }

  /** @param {Pane} name */
  function open(name) {
    shown = name;
    for (const each of PANES) {
      tabs[each].setAttribute("aria-selected", String(each === name));
      tabs[each].tabIndex = each === name ? 0 : -1;
      panes[each].hidden = each !== name;
    }
  }

  // The idea of the current step: the last one whose step was reached.
  function light() {
    const { ideas } = data;
    const now = index ?? -1;
    const at = Math.max(-1, ...ideas.flatMap(({ step }) => (step !== null && step <= now ? [step] : [])));
    for (const [place, button] of buttons().entries()) {
      if (ideas[place].step === at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }

  /** @param {number} place */
  function go(place) {
    const { step, panel, unfold } = data.ideas[place];
    pending = unfold ? place : null;
    dispatch("viz:goto", { ...(step !== null && { step }), ...(panel && { panel }), ...(unfold && { group: unfold }) });
  }

  function onDrawn() {
    if (pending === null || data.ideas[pending]?.unfold !== "") return;
    const place = pending;
    pending = null;
    go(place);
  }

  function drawIdeas() {
    const { title, ideas, question, labels } = data;
    const focused = buttons().indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    list.replaceChildren(...ideas.map(({ text, answer, step, holds, asks, change }, place) => {
      const item = document.createElement("li");
      const button = element("button", "", item);
      button.type = "button";
      const waits = asks && step !== null && !seen.has(place);
      const words = element("span", "", button, waits ? labels.asks : text);
      if (waits) button.dataset.asks = "true";
      if (answer && !waits) element("span", "viz-ideas-answer", words, ` ${answer}`);
      if (!holds && !waits) element("span", "viz-ideas-own", words, ` (${labels.own_numbers})`);
      button.title = step === null ? labels.unseen : labels.jump;
      button.disabled = step === null;
      button.addEventListener("click", () => go(place));
      if (change && !waits) {
        const trial = element("button", "viz-ideas-try", item, change);
        trial.type = "button";
        trial.addEventListener("click", () => dispatch("viz:change", { kind: "try", at: place }));
      }
      return item;
    }));
    if (focused >= 0) buttons()[focused]?.focus({ preventScroll: true });
    panes.ideas.replaceChildren();
    element("p", "viz-lesson-title", panes.ideas, title);
    if (question) element("p", "viz-lesson-question", panes.ideas, question);
    panes.ideas.append(list);
    light();
  }

  // The step that the prediction is about comes next, or has come, and it is still to be made.
  function point() {
    const { predict, labels } = data;
    const step = predict?.step ?? null;
    const now = step !== null && index !== null && index >= step - 1 && !tabs.predict.dataset.done;
    tabs.predict.toggleAttribute("data-now", now);
    tabs.predict.title = now ? labels.predict_now : "";
  }

  function drawPrediction() {
    const pane = panes.predict;
    const { predict, labels } = data;
    pane.replaceChildren();
    tabs.predict.hidden = !predict;
    point();
    if (!predict) return;
    const { choices: offered } = predict;
    element("p", "viz-lesson-question", pane, predict.question);
    const choices = element("ul", "viz-lesson-choices", pane);
    const why = element("p", "viz-lesson-why", pane);
    why.setAttribute("aria-live", "polite");
    const buttons = offered.map(({ text }, place) => {
      const button = element("button", "", element("li", "", choices), text);
      button.type = "button";
      button.addEventListener("click", () => { tried.add(place); answer(place); });
      return button;
    });
    /** @param {number} place */
    function answer(place) {
      for (const [at, button] of buttons.entries()) {
        if (tried.has(at)) button.dataset.right = String(offered[at].right);
      }
      const { right, why: reason } = offered[place];
      why.textContent = `${right ? labels.right : labels.wrong_choice} ${reason}`;
      if (right) tabs.predict.dataset.done = "true";
      point();
    }
    const last = [...tried].at(-1);
    if (last !== undefined) answer(last);
  }

  function drawGoal() {
    const pane = panes.goal;
    const { goal, labels, wrong, recap, brought } = data;
    const kept = brought && following(data.slug, brought.text); // in a course of the visitor's own
    const next = data.next ?? kept;
    pane.replaceChildren();
    tabs.goal.hidden = !goal;
    line.hidden = !goal;
    if (!goal) return;
    const reached = goal.standing === "reached";
    line.dataset.standing = root.dataset.standing = tabs.goal.dataset.standing = goal.standing;
    tabs.goal.toggleAttribute("data-done", reached);
    line.replaceChildren();
    element("strong", "", line, `${reached ? "✓" : "○"} ${labels.goal}: `);
    element("span", "", line, goal.text);
    if (goal.reason) element("p", "viz-lesson-reason", pane, goal.reason);
    if (reached && recap) element("p", "viz-lesson-recap", pane, recap);
    if (reached && next) {
      const on = element("button", "viz-lesson-button", pane, `${labels.next}: ${next.title}`);
      on.type = "button";
      on.addEventListener("click", () => send("chosen", { slug: next.slug, text: kept?.text ?? null, count: count += 1 }));
    }
    const list = element("ol", "viz-lesson-hints", pane);
    goal.hints.slice(0, hints).forEach((hint) => element("li", "", list, hint));
    if (hints < goal.hints.length && !reached) {
      const last = hints === goal.hints.length - 1;
      const more = element("button", "viz-lesson-button", pane, last ? labels.solution : labels.hint);
      more.type = "button";
      more.addEventListener("click", () => { hints += 1; drawGoal(); panes.goal.querySelector("button")?.focus(); });
    }
    if (wrong) {
      const often = element("p", "viz-lesson-wrong", pane);
      element("strong", "", often, `${labels.often_wrong} `);
      often.append(wrong);
    }
  }

  const unlisten = listen({
    "viz:step": (shown) => { index = shown.step; see(shown); light(); point(); },
    "viz:drawn": onDrawn,
  });

  return {
    /** @param {LessonData} given @param {Component<LessonData>} component */
    update(given, { setStateValue }) {
      const other = !begun || data.slug !== given.slug;
      begun = true;
      const before = other ? null : data.goal?.standing;
      data = given;
      send = setStateValue;
      count = Math.max(count, given.taken);
      root.hidden = given.ideas.length === 0 && !given.goal;
      document.documentElement.toggleAttribute("data-viz-own", root.hidden);
      bar.setAttribute("aria-label", given.labels.name);
      for (const name of PANES) tabs[name].textContent = given.labels[name];
      if (other) {
        tried = new Set();
        seen = new Set();
        hints = 0;
        delete tabs.predict.dataset.done;
        open("ideas");
      }
      ask();
      drawIdeas();
      drawPrediction();
      drawGoal();
      dispatch("viz:goal", given.goal && { text: given.goal.text, reached: given.goal.standing === "reached" });
      if (given.own) remember(given.own.key, given.own.text);
      const reached = given.goal?.standing === "reached";
      if (given.slug && given.brought) bring(given.slug, given.brought, reached);
      else if (given.slug) begin(given.slug);
      if (reached) {
        if (!given.brought) finish([given.slug]);
        if (before && before !== "reached") open("goal");
      } else if (given.goal?.standing === "by_hand" && before !== "by_hand") open("goal");
      if (tabs[shown].hidden) open("ideas");
    },
    end: unlisten,
  };
}

export default mount(".viz-lesson", createLesson);
