// The words below the picture: caption, formula, inspector, and the table of the step.

import { element } from "../page/element.js";
import { dispatch } from "../page/events.js";
import { rows } from "../page/table.js";
import { line } from "./formula.js";
import { operation } from "./operation.js";
import { sentence } from "./sentence.js";
import { NOTHING } from "./nothing.js";
import { createViews } from "./views.js";

/** @import { Gradients, Named, Picture, Vertex } from "../browser.js" */
/** @import { Row } from "../page/table.js" */

const SHORT = 150; // characters of a caption that fit at any size
const SMALLEST = 11; // px: the type of a caption that would not fit otherwise
const FORMULA_SIZES = ["15px", "13px", "12px"]; // of a formula that would not fit otherwise
const ONE_LINE = 50; // characters of one that fits at any size
const READ_MS = 100; // steps in faster succession are not read in a table

/** @param {HTMLElement} root @param {(group: string) => void} fold */
export function createPanels(root, fold) {
  const caption = element("p", "viz-caption", root);
  caption.setAttribute("role", "status");
  const below = element("div", "viz-below", root);
  const formulaBox = element("section", "viz-formula", below);
  formulaBox.tabIndex = 0;
  const formulaLabel = element("h2", "viz-small", formulaBox);
  const formula = element("div", "viz-math", formulaBox);
  const inspector = element("section", "viz-inspector", below);
  inspector.setAttribute("role", "region");
  inspector.tabIndex = 0;
  // Firefox shows the caption of a table that is hidden itself.
  const table = element("table", "viz-step-table", element("div", "viz-unseen", root));
  const title = element("caption", "", table);
  const headings = element("tr", "", element("thead", "", table));
  const body = element("tbody", "", table);
  const viewed = createViews(root);
  let picture = NOTHING;
  /** @type {[place: number, line: HTMLElement, cell: HTMLElement][]} */
  let lines = []; // [place, line, gradient cell] of each card
  /** @type {Row<Gradients>[][]} */
  let gradients = []; // of each vertex, in order
  /** @type {number | null} */
  let asked = null; // the vertex that the question is about
  let described = -Infinity; // when the table last had to show a step
  let limited = false; // the caption has a greatest height
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rest; // the timer that ends when stepping pauses

  /** @param {number} vertex @param {number} index @returns {string} */
  function gradientOf(vertex, index) {
    if (vertex === asked) return "?";
    return at(vertex, index)?.text ?? "";
  }
  /** @param {number} vertex @param {number} index */
  function at(vertex, index) {
    return gradients[vertex]?.find(({ first, last }) => first <= index && index < last);
  }

  // A long caption is written smaller where its height is limited, so that it is whole.
  function settle() {
    caption.style.fontSize = "";
    if (!limited || caption.textContent.length <= SHORT) return;
    let size = Number.parseFloat(getComputedStyle(caption).fontSize);
    while (size > SMALLEST && caption.scrollHeight > caption.clientHeight + 1) {
      size = Math.max(SMALLEST, size - 1);
      caption.style.fontSize = `${size}px`;
    }
  }

  // A long formula is written smaller, its lines closer, where it does not fit. It is measured in the
  // next frame, before anything is changed there: at once, each step would lay out the page twice.
  let pressing = 0;
  function press() {
    cancelAnimationFrame(pressing);
    size("");
    if (formula.textContent.length > ONE_LINE) pressing = requestAnimationFrame(fit);
  }

  function fit() {
    for (const one of ["", ...FORMULA_SIZES]) {
      size(one);
      if (formulaBox.scrollHeight <= formulaBox.clientHeight + 1) return;
    }
  }

  /** @param {string} one */
  function size(one) {
    formula.style.fontSize = one;
    formula.style.lineHeight = one && "1.8";
  }

  // One row per node on the screen.
  /** @param {number} index */
  function fill(index) {
    /** @type {HTMLElement | null} */
    let before = null;
    for (const [place, line, cell] of lines) {
      const here = picture.vertices[place].first <= index;
      if (!here) { line.remove(); continue; }
      if (!line.parentNode) body.insertBefore(line, before ? before.nextSibling : body.firstChild);
      before = line;
      const text = gradientOf(place, index);
      if (cell.textContent !== text) cell.textContent = text;
    }
  }

  // The reason why a tensor has no gradient at the end, and the fix.
  /** @param {Vertex} vertex */
  function reason({ why }) {
    if (!why) return [];
    const box = element("div", "viz-why");
    element("strong", "", box, picture.words.why);
    for (const part of /** @type {const} */ (["why", "mend"])) {
      const line = element("p", part === "mend" ? "viz-mend" : "", box);
      if (part === "why" && why.line) element("span", "tone-muted", line, `${picture.words.line} ${why.line} · `);
      sentence(why[part], line);
    }
    return [box];
  }

  // The autograd nodes of a folded call, each by its name.
  /** @param {HTMLElement} list @param {Named[]} nodes */
  function parts(list, nodes) {
    element("dt", "", list, "grad_fn");
    for (const { name, text } of nodes) {
      const line = element("dd", "", list, name);
      element("span", "tone-muted", line, ` ${text}`);
    }
  }

  // Open or fold the selected group.
  /** @param {HTMLElement} line @param {string} text @param {string} request */
  function way(line, text, request) {
    const button = element("button", "viz-change", line, text);
    button.type = "button";
    button.addEventListener("click", () => {
      inspector.focus(); // the button goes with the picture
      fold(request);
    });
  }

  // The steps of a folded group have their formulas where they are shown one by one.
  /** @param {string} group */
  function within(group) {
    element("p", "viz-hint", formula, picture.words.formula_within);
    const button = element("button", "viz-change", formula, picture.words.unfold);
    button.type = "button";
    button.addEventListener("click", () => {
      formulaBox.focus(); // the button goes with its words
      fold(group);
    });
  }

  return {
    caption,
    formula,
    gradientOf,
    /** @param {number | null} vertex */
    ask(vertex) { asked = vertex; },
    end() { clearTimeout(rest); },
    sizeOf: (/** @type {number} */ vertex, /** @type {number} */ index) => at(vertex, index)?.size ?? null,
    strangeOf: (/** @type {number} */ vertex, /** @type {number} */ index) => at(vertex, index)?.strange ?? "", // "nan" or "inf", if any

    /** @param {Picture} next */
    open(next) {
      picture = next;
      const words = picture.words;
      caption.setAttribute("aria-label", words.caption);
      inspector.setAttribute("aria-label", words.inspector);
      formulaBox.setAttribute("aria-label", words.formula);
      formulaBox.setAttribute("role", "group");
      table.setAttribute("aria-label", words.table);
      formulaLabel.textContent = words.formula;
      title.textContent = words.table;
      headings.replaceChildren();
      for (const column of ["name", "operation", "value", "gradient"]) {
        element("th", "", headings, words[`column_${column}`]).scope = "col";
      }
      gradients = picture.vertices.map(() => []);
      for (const gradient of rows(picture.gradients)) gradients[gradient.vertex].push(gradient);
      body.replaceChildren();
      lines = [];
      described = -Infinity; // another picture is described at once
      picture.vertices.forEach((vertex, place) => {
        if (!vertex.row) return;
        const line = element("tr", "");
        const cells = [vertex.name, vertex.operation, vertex.value, ""].map((text) => element("td", "", line, text));
        lines.push([place, line, cells[3]]);
      });
    },

    // The table at a step. Laying out a long one takes a frame's time: it waits until stepping
    // pauses.
    /** @param {number} index */
    tabulate(index) {
      clearTimeout(rest);
      const now = performance.now();
      const hurried = now - described < READ_MS;
      described = now;
      table.setAttribute("aria-busy", String(hurried));
      if (hurried) rest = setTimeout(() => { fill(index); table.setAttribute("aria-busy", "false"); }, READ_MS);
      else fill(index);
    },

    // After a new size of the page; stage.css limits the caption's height where it lets it scroll.
    measure() {
      limited = getComputedStyle(caption).overflowY === "auto";
      settle();
    },

    /** @param {number} index */
    describe(index) {
      const current = picture.frames[index];
      caption.replaceChildren();
      formula.replaceChildren();
      if (!current) { caption.textContent = picture.words.empty; return; }
      sentence(current.caption, caption);
      settle();
      line(current.formula, picture.formulas, formula);
      press();
      const { group, name, value } = picture.vertices[current.vertex] ?? {};
      if (current.formula.length) return;
      if (group) within(group);
      // A step that computes nothing, or whose formula is not proven, has its numbers.
      else if (value && current.half !== "backward") {
        const line = element("p", "viz-plain", formula, `${name} = `);
        element("span", "tone-value", line, value);
      }
    },

    // The selected vertex; until something is selected, the one the step is about.
    /** @param {number} place @param {number} index */
    inspect(place, index) {
      const words = picture.words;
      const heading = element("h2", "viz-small", null, words.inspector);
      const vertex = picture.vertices[place];
      const pictured = viewed(vertex, index, picture);
      if (!vertex) {
        inspector.replaceChildren(heading, element("p", "viz-hint", null, words.choose));
        return;
      }
      const list = element("dl");
      /** @param {string} name @param {string | null | undefined} text @param {string} [tone] */
      function row(name, text, tone) {
        if (text === "" || text === null || text === undefined) return;
        element("dt", "", list, name);
        element("dd", tone ? `tone-${tone}` : "", list, text);
      }
      const chosen = element("p", "viz-chosen");
      element("strong", "", chosen, vertex.name);
      element("span", vertex.asks && vertex.grad_fn === "" && !vertex.group ? "tone-leaf" : "tone-muted", chosen,
        vertex.kind === "disc" && !vertex.row ? words.operation : vertex.node);
      element("span", "tone-muted", chosen, vertex.type);
      const at = vertex.change ?? null;
      if (at !== null) {
        const change = element("button", "viz-change", chosen, words.change);
        change.type = "button";
        change.setAttribute("aria-haspopup", "dialog");
        change.addEventListener("click", () => dispatch("viz:operation",
          { at, anchor: change.getBoundingClientRect() }));
      }
      chosen.append(...pictured);
      if (vertex.opens) way(chosen, words.unfold, vertex.opens);
      if (vertex.folds) way(chosen, words.fold, `-${vertex.folds}`);
      if (vertex.first <= index) row(words.value, vertex.whole, "value");
      const held = picture.frames[index]?.held[place];
      if (held) {
        const { before, added, after } = held;
        row(words.held_before, before ?? words.none, "gradient");
        row(words.held_added, added, "gradient");
        row(words.held_after, after ?? words.none, "gradient");
      } else if (vertex.asks && vertex.row) row(words.gradient, gradientOf(place, index) || words.none, "gradient");
      if (vertex.parts) parts(list, vertex.parts);
      else row("grad_fn", vertex.grad_fn);
      row(words.operation, vertex.call);
      if (vertex.line) row(`${words.line} ${vertex.line}`, vertex.source);
      for (const { name, text } of vertex.saved ?? []) row(`${words.saved}: ${name}`, text, "value");
      for (const text of vertex.freed ?? []) row(words.saved_size, text);
      inspector.replaceChildren(heading, chosen, ...reason(vertex), ...operation(vertex, picture.formulas, picture.frames[index]?.products[place] ?? []), list);
    },
  };
}
