// The explanations below the picture: data of viz_app/picture/explain/panel.py as words and
// formulas.
//
// Out: state "open": true while unfolded (folded, it gets only its bar's data); state "survey" =
// {x, y, base}: two elements of program `base` to measure the result over.
// Listens to the window event "viz:step" {index}: factors that the step has reached are coloured,
// to "viz:live" {explain}: the explanations while a number is dragged, and to "viz:goto" {panel}.
// A click on a factor sends "viz:goto" {step}, one at a missing gradient {vertex}.

import { element } from "../page/element.js";
import { dispatch, listen } from "../page/events.js";
import { mount } from "../page/panel.js";
import { math } from "../stage/formula.js";
import { leads } from "./leads.js";
import { sentence } from "../stage/sentence.js";
import { createForward, createSeeds } from "./forward.js";
import { life } from "./life.js";
import { createSlope } from "./slope.js";
import { createStep } from "./step.js";

/** @import { Explained, Goto, Live, Product, Reason, Step } from "../browser.js" */
/** @import { Component } from "../page/panel.js" */

const PANES = /** @type {const} */ (["rule", "step", "forward", "slope", "life", "missing"]);
/** @typedef {typeof PANES[number]} Pane */
const FOLD = 8; // a longer product shows its ends
const ROOMY = "(min-height: 1060px), (max-width: 1000px)"; // there it begins unfolded

/** @param {HTMLElement} root @param {Component<Explained>} first */
function createExplanations(root, first) {
  root.setAttribute("role", "region");
  const bar = element("div", "viz-explain-bar", root);
  const tabs = element("div", "viz-tabs", bar);
  tabs.setAttribute("role", "tablist");
  const badge = element("p", "viz-agree", bar);
  const folder = element("button", "viz-folder", bar);
  folder.type = "button";
  folder.addEventListener("click", () => decide(root.dataset.open !== "true"));
  const all = element("div", "viz-panes", root);
  const panes = /** @type {Record<Pane, HTMLElement>} */ ({});
  const buttons = /** @type {Record<Pane, HTMLButtonElement>} */ ({});
  for (const name of PANES) {
    buttons[name] = element("button", "viz-tab", tabs);
    buttons[name].type = "button";
    buttons[name].setAttribute("role", "tab");
    buttons[name].addEventListener("click", () => { open(name); decide(true); });
    panes[name] = element("div", "viz-pane", all);
    panes[name].setAttribute("role", "tabpanel");
  }
  const choice = element("select", "viz-choice", panes.rule);
  const body = element("div", "viz-rule", panes.rule);
  const seeds = createSeeds(() => step());
  const jacobian = createStep(panes.step, seeds);
  const forward = createForward(panes.forward, seeds);
  let { data, setStateValue: send } = first;
  const slope = createSlope(panes.slope, data, (pair) => send("survey", pair));
  let given = data; // by the server
  let shown = ""; // the data received last
  let index = 0;
  /** @type {Pane} */
  let chosen = "rule";
  let unfolded = false;
  let decided = false; // once the visitor has folded or unfolded them, the window's size no longer does

  choice.addEventListener("change", () => { unfolded = false; rule(); });

  /** @param {Pane} name */
  function open(name) {
    chosen = name;
    for (const each of PANES) {
      panes[each].hidden = each !== name;
      buttons[each].setAttribute("aria-selected", String(each === name));
    }
  }

  /** @param {boolean} wanted */
  function decide(wanted) {
    decided = true;
    unfold(wanted);
  }

  /** @param {boolean} wanted */
  function unfold(wanted) {
    if (root.dataset.open === String(wanted)) return; // the server need not know about another tab
    lay(wanted);
    send("open", wanted);
  }

  /** @param {boolean} wanted */
  function lay(wanted) {
    root.dataset.open = String(wanted);
    document.documentElement.dataset.vizExplain = wanted ? "open" : "folded";
    all.hidden = !wanted;
    folder.setAttribute("aria-expanded", String(wanted));
    folder.textContent = wanted ? "▾" : "▴";
  }
  const roomy = matchMedia(ROOMY);
  const fit = () => { if (!decided) unfold(roomy.matches); }; // a tablet that is turned, a window made smaller
  roomy.addEventListener("change", fit);
  lay(roomy.matches);
  if (root.dataset.open === "true") send("open", true);

  function colour() {
    for (const one of /** @type {NodeListOf<HTMLElement>} */ (all.querySelectorAll("[data-frame]"))) {
      const frame = Number(one.dataset.frame);
      one.classList.toggle("viz-reached", frame <= index);
      one.classList.toggle("viz-now", frame === index);
    }
  }

  /** @param {HTMLElement} parent @param {string} source @param {number | null} [frame] */
  function formula(parent, source, frame) {
    const made = leads(parent, frame, data.words);
    if (frame !== undefined) made.dataset.frame = String(frame);
    made.append(math(source, true));
    return made;
  }

  /** @param {HTMLElement} parent @param {Product} path @param {"partial" | "symbol" | "number"} part */
  function product(parent, path, part) {
    const line = element("div", "viz-product", parent);
    line.dataset.part = part;
    element("span", "viz-equals", line, "=");
    const many = path.factors.length > FOLD && !unfolded;
    path.factors.forEach((factor, place) => {
      if (many && place >= FOLD / 2 && place < path.factors.length - FOLD / 2 + 1) {
        if (place > FOLD / 2) return;
        const more = element("button", "viz-more", line,
          data.words.more.replace("{count}", String(path.factors.length - FOLD + 1)));
        more.type = "button";
        more.addEventListener("click", () => { unfolded = true; rule(); });
        return;
      }
      if (place) element("span", "viz-times", line, "·");
      const made = formula(line, factor[part], factor.frame);
      if (factor.kind) made.title += ` · ${factor.kind}`;
    });
    return line;
  }

  function rule() {
    const one = data.rules[Number(choice.value)];
    body.replaceChildren();
    const state = one ? one.badge.state : "none";
    badge.textContent = data.words[`short_${state}`]; // the pane has the complete formula
    badge.title = one ? one.badge.text : data.words.no_rule;
    badge.dataset.state = state;
    if (!one) element("p", "viz-note", body, data.absent ?? data.words.no_rule);
    if (!one || !data.whole) return;
    const { terms = [], paths = [] } = one;
    const several = terms.length > 1;
    const head = element("div", "viz-product", body);
    formula(head, one.left ?? "");
    if (several) {
      head.dataset.part = "sum";
      element("span", "viz-equals", head, "=");
      terms.forEach((term, place) => {
        if (place) element("span", "viz-times", head, "+");
        const made = element("button", "viz-factor viz-number", head, term.text);
        made.type = "button";
        made.dataset.frame = String(term.frame);
        made.title = data.words.through.replace("{name}", term.by);
        made.addEventListener("click", () => {
          dispatch("viz:goto", { step: term.frame });
        });
      });
      element("span", "viz-equals", head, "=");
      element("span", "viz-number viz-total", head, one.total);
      if (!paths.length) {
        element("p", "viz-note", body, data.words.many.replace("{count}", String(one.count)));
      } else {
        element("p", "viz-note", body, data.words.paths.replace("{count}", String(paths.length)));
      }
    }
    for (const path of paths) {
      const box = element("div", several ? "viz-way" : "", body);
      if (several) element("span", "viz-note", box, data.words.through.replace("{name}", path.by));
      if (path.factors.length > 1) product(several ? box : head, path, "partial");
      product(box, path, "symbol");
      const last = product(box, path, "number");
      if (path.short) {
        const line = element("div", "viz-product", box);
        line.dataset.part = "short";
        element("span", "viz-equals", line, "=");
        formula(line, path.short);
        element("span", "viz-equals", line, "=");
        element("span", "viz-number viz-total", line, path.product || one.total);
      } else if (path.product) {
        element("span", "viz-equals", last, "=");
        element("span", "viz-number viz-total", last, path.product);
      }
    }
    element("p", "viz-note", body, one.badge.text);
    colour();
  }

  // Reverse and forward mode at the picture's step.
  function step() {
    const { forward: modes = [], steps = [] } = data;
    const mode = modes.find(({ until }) => index <= until) ?? modes.at(-1);
    seeds.offer(mode?.seeds ?? [], data.words.seed);
    forward.draw(mode, data.words, index);
    const back = steps.find(({ frame }) => frame === index);
    jacobian.draw(back ?? steps.find(({ made }) => made === index), back !== undefined, data.words);
  }

  function missing() {
    const pane = panes.missing;
    const { reasons = [], ordinary = [] } = data;
    pane.replaceChildren();
    if (!reasons.length) element("p", "viz-note", pane, data.words.none_missing);
    for (const one of reasons) reason(element("div", "viz-why", pane), one);
    if (!ordinary.length) return;
    element("h3", "viz-heading", pane, data.words.ordinary);
    for (const one of ordinary) reason(element("div", "viz-way", pane), one);
  }

  /** @param {HTMLElement} box @param {Reason} reason */
  function reason(box, { name, line, at, why, mend }) {
    element("strong", "", box, name);
    if (at !== null) {
      const show = element("button", "viz-more", box, data.words.show_cut);
      show.type = "button";
      show.setAttribute("aria-label", `${data.words.show_cut}: ${name}`);
      show.addEventListener("click", () => {
        dispatch("viz:goto", { vertex: at });
      });
    }
    for (const [part, words] of Object.entries({ why, mend })) {
      const text = element("p", part === "mend" ? "viz-mend" : "", box);
      if (part === "why" && line) element("span", "tone-muted", text, `${data.words.line.replace("{line}", line)} · `);
      sentence(words, text);
    }
  }

  /** @param {Step} detail */
  function onStep(detail) {
    index = detail.step;
    slope.follow(detail.pass);
    if (!data.whole) return;
    colour();
    step();
  }

  /** @param {Explained} next */
  function render(next) {
    const now = JSON.stringify(next);
    if (now === shown) return;
    shown = now;
    data = next;
    root.setAttribute("aria-label", data.words.title);
    folder.setAttribute("aria-label", data.words.fold);
    for (const name of PANES) {
      const button = buttons[name];
      button.textContent = data.words[`tab_${name}`];
      button.disabled = Boolean(data.absent) && name !== "rule";
    }
    if (data.absent) chosen = "rule";
    if (data.life.forgotten) buttons.life.textContent += " (!)";
    if (data.missing) buttons.missing.textContent += ` (${data.missing})`;
    const before = choice.selectedOptions[0]?.textContent;
    choice.replaceChildren();
    choice.setAttribute("aria-label", data.words.choice);
    data.rules.forEach(({ name }, place) => {
      const option = element("option", "", choice, name);
      option.value = String(place);
      option.selected = name === before;
    });
    choice.hidden = data.rules.length < 2;
    const stage = /** @type {HTMLElement | null} */ (document.querySelector(".viz-root"));
    index = Number(stage?.dataset.step ?? index);
    if (data.whole) life(panes.life, data);
    rule();
    if (data.whole) { step(); missing(); slope.update(data); }
    open(chosen);
  }

  /** @param {Live | null} live */
  function onLive(live) {
    if (!live) render(given);
    // The contour plot is measured by the server, once the drag pauses; explain is null while
    // folded.
    else if (live.explain) render({ ...live.explain, contour: given.contour && { ...given.contour, drawn: null } });
  }
  // A lesson's idea opens the explanation that shows it.
  /** @param {Goto} to */
  function onGoto({ panel }) {
    const pane = PANES.find((name) => name === panel);
    if (!pane || buttons[pane].hidden) return;
    open(pane);
    decide(true);
  }

  const unlisten = listen({ "viz:step": onStep, "viz:live": onLive, "viz:goto": onGoto });

  return {
    /** @param {Explained} next @param {Component<Explained>} component */
    update(next, { setStateValue }) {
      given = next;
      send = setStateValue;
      render(next);
    },
    end() {
      unlisten();
      roomy.removeEventListener("change", fit);
      root.replaceChildren();
      delete document.documentElement.dataset.vizExplain;
    },
  };
}

export default mount(".viz-explain", createExplanations);
