// The operations of the program, one row each: `panel` is made by createPanel of inputs.js.

import { element } from "../page/element.js";
import { dispatch } from "../page/events.js";
import { fill } from "../page/words.js";

/** @import { InputsData } from "../browser.js" */
/** @import { Panel } from "./inputs.js" */

// changes.js draws the boxes that open next to the panel.
/** @param {HTMLButtonElement} button */
const beside = (button) => ({ anchor: button.getBoundingClientRect() });

// The buttons in the panel's head that open the boxes of changes.js.
/** @param {Panel} panel @param {HTMLElement} head */
export function changesButtons(panel, head) {
  const words = panel.data.labels;
  const past = panel.button(head, `${words.history} ▾`, words.history, () => dispatch("viz:history", beside(past)));
  past.setAttribute("aria-haspopup", "dialog");
  const whatIf = panel.button(head, words.what_if, words.what_if, () => dispatch("viz:whatif", beside(whatIf)));
  whatIf.title = words.what_if_what;
  panel.whenShown(() => {
    past.disabled = !panel.data.undo && !panel.data.redo;
    whatIf.disabled = !panel.data.live;
    whatIf.setAttribute("aria-pressed", String(panel.data.whatif));
  });
}

// The structure that the rows are built for; numbers may change under them.
/** @param {InputsData} data */
export function operationsStructure(data) {
  return data.calls.map((call) =>
    [call.at, call.name, call.line, call.op, call.operands.map(({ at, text }) => at ?? text)]);
}

/** @param {Panel} panel @param {number} place */
export function operationRow(panel, place) {
  const call = panel.data.calls[place];
  const words = panel.data.labels;
  const name = call.name || words.unnamed;
  const line = element("div", "viz-inputs-row", panel.root);
  const shown = call.name || fill(words.unnamed_in, { line: call.line });
  element("span", "viz-inputs-name", line, shown).title = fill(words.in_line, { name: shown, line: call.line });
  const operator = () => {
    const choose = panel.button(line, `${call.op} ▾`, fill(words.operation, { name }), () =>
      dispatch("viz:operation", { ...beside(choose), at: call.at }));
    choose.setAttribute("aria-haspopup", "dialog");
  };
  // As in the program: an operator between its operands.
  const between = call.operands.length === 2 && !/^[\w.]+$/.test(call.op);
  if (!between) operator();
  for (const [at, operand] of call.operands.entries()) {
    if (between && at === 1) operator();
    if (operand.at === null) {
      element("span", "viz-inputs-operand", line, operand.text).title = operand.text;
    } else {
      panel.field(line, fill(words.operand, { name, place: at + 1 }), operand.at, [],
        () => panel.data.calls[place].operands[at].text);
    }
  }
}

