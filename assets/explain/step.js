// One step's Jacobian from both sides: what arrived · J = what leaves, and J · tangent = tangent.

import { element } from "../page/element.js";
import { math } from "../stage/formula.js";
import { spelled } from "../stage/sentence.js";
import { grid } from "./grid.js";

/** @import { ExplainedStep } from "../browser.js" */
/** @import { Seeds } from "./forward.js" */

/** @param {HTMLElement} pane @param {Seeds} seeds */
export function createStep(pane, seeds) {
  const sides = element("div", "viz-sides", pane);
  const backward = element("div", "", sides);
  const forward = element("div", "", sides);
  const sentence = element("p", "viz-note viz-seeding", forward);
  const text = element("span", "", sentence);
  seeds.choice(sentence);
  const products = element("div", "", forward);

  /** @param {ExplainedStep} one @param {Record<string, string>} words */
  function vjp(one, words) {
    if (one.start) element("p", "viz-note", backward, one.start);
    element("p", "viz-note", backward, words.vjp.replace("{op}", () => spelled(one.op)));
    for (const operand of one.operands) {
      const line = element("div", "viz-vjp", backward);
      grid(line, one.arrived, words.arrived.replace("{name}", () => one.result), "gradient");
      element("span", "viz-times", line, "·");
      const middle = element("div", "viz-middle", line);
      grid(middle, operand.matrix, `${words.jacobian} ∂${one.result}/∂${operand.name}`, "value");
      const note = element("div", "viz-note", middle, `${operand.kind} `);
      if (operand.formula) {
        const made = element("span", "viz-factor", note);
        made.append(math(operand.formula, true));
      } else {
        element("span", "", note, words.no_formula);
      }
      element("span", "viz-times", line, "=");
      if (operand.sent) {
        grid(line, operand.sent, words.leaves.replace("{name}", () => operand.name), "gradient");
      }
    }
  }

  /** @param {ExplainedStep} one @param {Record<string, string>} words */
  function jvp(one, words) {
    const found = one.forward[seeds.place()];
    const parts = one.operands.filter(({ slot }) => found?.parts[slot]);
    /** @param {string} name */
    const tangent = (name) => words.tangent_of.replace("{name}", () => name);
    if (!found || (parts.length && !found.total)) {
      element("p", "viz-note", products, words.no_jvp);
      return;
    }
    if (!parts.length) {
      element("p", "viz-note", products, words.no_tangent);
      return;
    }
    for (const operand of parts) {
      const { tangent: vector, product } = found.parts[operand.slot];
      const line = element("div", "viz-vjp", products);
      grid(line, operand.matrix, `∂${one.result}/∂${operand.name}`, "value");
      element("span", "viz-times", line, "·");
      grid(line, vector, tangent(operand.name), "gradient");
      element("span", "viz-times", line, "=");
      grid(line, product, parts.length > 1 ? "" : tangent(one.result), "gradient");
    }
    if (parts.length > 1) {
      const line = element("div", "viz-vjp", products);
      element("span", "viz-note", line, words.adds_up);
      element("span", "viz-times", line, "=");
      grid(line, found.total, tangent(one.result), "gradient");
    }
  }

  return {
    // `seen` means that the step is a backward step; a forward step has no gradient.
    /** @param {ExplainedStep | undefined} one @param {boolean} seen @param {Record<string, string>} words */
    draw(one, seen, words) {
      backward.replaceChildren();
      products.replaceChildren();
      text.textContent = words.jvp;
      forward.hidden = !one?.forward.length;
      if (!one) element("p", "viz-note", backward, words.no_step);
      else if (seen) vjp(one, words);
      if (one?.forward.length) jvp(one, words);
    },
  };
}
