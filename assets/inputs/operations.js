// The operations of the program, a row each: `panel` is what createPanel of inputs.js makes.

import { element } from "../page/element.js";

export function fill(words, params) {
  return words.replace(/\{(\w+)\}/g, (_, name) => params[name]);
}

// What the rows are built for; numbers may change under them.
export function operationsStructure(data) {
  return data.calls.map((call) =>
    [call.at, call.name, call.op, call.choices, call.operands.map(({ at, text }) => at ?? text)]);
}

export function operationRow(panel, place) {
  const call = panel.data.calls[place];
  const words = panel.data.labels;
  const name = call.name || words.unnamed;
  const line = element("div", "viz-inputs-row", panel.root);
  element("span", "viz-inputs-name", line, call.name || "·").title = call.name;
  if (call.choices.length > 1) {
    const select = element("select", "", line);
    select.setAttribute("aria-label", fill(words.operation, { name }));
    for (const choice of call.choices) {
      const option = element("option", "", select, choice || call.op);
      option.value = choice;
    }
    select.addEventListener("change", () => panel.want({ kind: "operation", at: call.at, text: select.value }));
    panel.whenShown(() => {
      if (!panel.waiting) select.value = call.choices.includes("") ? "" : call.op;
    });
  } else {
    element("span", "viz-inputs-operand", line, call.op);
  }
  for (const [at, operand] of call.operands.entries()) {
    if (operand.at === null) {
      element("span", "viz-inputs-operand", line, operand.text).title = operand.text;
    } else {
      panel.field(line, fill(words.operand, { name, place: at + 1 }), operand.at, [],
        () => panel.data.calls[place].operands[at].text);
    }
  }
}

