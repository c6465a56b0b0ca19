// Forward mode: the element that gets the tangent 1, and the dual numbers that follow from it.

import { element } from "../page/element.js";
import { math } from "../stage/formula.js";
import { leads } from "./leads.js";

/** @import { DualRow, Mode } from "../browser.js" */
/** @typedef {ReturnType<typeof createSeeds>} Seeds */

// The seed is one choice, shown in two panes; `changed` is called when it changes.
/** @param {() => void} changed */
export function createSeeds(changed) {
  /** @type {HTMLSelectElement[]} */
  const choices = [];
  /** @type {string[]} */
  let names = [];
  let name = "";

  function show() {
    for (const choice of choices) {
      choice.replaceChildren();
      for (const each of names) element("option", "", choice, each).selected = each === name;
    }
  }

  return {
    /** @param {HTMLElement} parent */
    choice(parent) {
      const made = element("select", "viz-choice viz-seed", parent);
      made.addEventListener("change", () => { name = made.value; show(); changed(); });
      choices.push(made);
    },
    /** @param {string[]} next @param {string} label */
    offer(next, label) {
      for (const choice of choices) {
        choice.setAttribute("aria-label", label);
        choice.hidden = !next.length;
      }
      if (JSON.stringify(next) === JSON.stringify(names)) return;
      names = next;
      if (!names.includes(name)) name = names[0] ?? "";
      show();
    },
    place() { return Math.max(0, names.indexOf(name)); },
  };
}

/** @param {HTMLElement} pane @param {Seeds} seeds */
export function createForward(pane, seeds) {
  const sides = element("div", "viz-sides", pane);
  const left = element("div", "viz-dual-side", sides);
  const table = element("table", "viz-duals", left);
  const end = element("p", "viz-agree viz-end", left);
  const right = element("div", "", sides);
  const line = element("div", "viz-seeding", right);
  const label = element("span", "", line);
  seeds.choice(line);
  const note = element("p", "viz-note", right);
  const count = element("p", "viz-counts", right);
  const less = element("p", "viz-counts", right);

  /**
   * @param {HTMLElement} body
   * @param {DualRow} row
   * @param {string | undefined} tangent
   * @param {Record<string, string>} words
   * @param {number} index
   */
  function row(body, { name, made, value, rule, frame }, tangent, words, index) {
    const one = element("tr", "", body);
    one.classList.toggle("viz-reached", frame !== null && frame <= index);
    one.classList.toggle("viz-now", frame === index);
    const head = element("th", "", one);
    head.scope = "row";
    const link = leads(head, frame, words);
    element("strong", "", link, name);
    if (made) element("span", "", link, ` ${made}`);
    const number = element("td", "", one);
    element("span", "viz-value", number, value);
    element("span", "", number, " + ");
    element("span", "viz-tangent-number", number, tangent || "?");
    element("span", "", number, " ε");
    const how = element("td", "", one);
    if (rule) how.append(math(rule));
  }

  return {
    /** @param {Mode | undefined} mode @param {Record<string, string>} words @param {number} index */
    draw(mode, words, index) {
      label.textContent = words.seed;
      line.hidden = left.hidden = !mode;
      note.textContent = mode ? words.dual : words.no_forward;
      count.textContent = mode?.count ?? "";
      less.textContent = mode?.less ?? "";
      if (!mode) return;
      table.replaceChildren();
      element("caption", "", table, words.tab_forward);
      const heads = element("tr", "", element("thead", "", table));
      for (const key of ["tensor", "dual_number", "tangent_rule"]) {
        element("th", "", heads, words[key]).scope = "col";
      }
      const body = element("tbody", "", table);
      const texts = mode.tangents[seeds.place()] ?? [];
      mode.rows.forEach((one, place) => {
        row(body, one, texts[place], words, index);
        if (mode.left_out && place === mode.rows.length / 2 - 1) {
          const gap = element("td", "viz-note", element("tr", "", body),
            words.left_out.replace("{count}", String(mode.left_out)));
          gap.colSpan = 3;
        }
      });
      const last = mode.ends[seeds.place()];
      end.hidden = !last;
      end.textContent = last?.text ?? "";
      end.dataset.state = last?.state ?? "none";
    },
  };
}
