// The moving picture as a standalone file, without a server: viz_app/render/document.py writes the
// page around it and its data, a `Standalone` of viz_app/browser.py.

import explain from "../explain/explain.js";
import { element } from "../page/element.js";
import { hear } from "../page/events.js";
import stage from "../stage/stage.js";
import { plotly } from "./plotly.js";

/** @import { Span, Standalone } from "../browser.js" */

/** @type {Standalone} */
const held = JSON.parse(document.querySelector("#viz-held").textContent);
const parentElement = document.body;
const nobody = { parentElement, setStateValue() {}, setTriggerValue() {} };

window.Plotly = plotly;
document.documentElement.dataset.vizPrinted = String(held.stage.run); // there is no other panel to wait for

const code = document.querySelector(".viz-code");
const lines = held.source.split("\n").map((text) => element("li", "", code, text));

// The place of the step in the program.
/** @param {Span | null} span */
function mark(span) {
  lines.forEach((line, place) => {
    const text = line.textContent;
    line.textContent = text;
    const [first, last] = [(span?.line ?? 0) - 1, (span?.end_line ?? 0) - 1];
    line.classList.toggle("viz-here", first <= place && place <= last);
    if (place < first || place > last) return;
    // Python counts characters, a browser UTF-16 units.
    const characters = [...text];
    const start = place === first ? span.column - 1 : 0;
    const end = place === last ? span.end_column - 1 : characters.length;
    line.replaceChildren(characters.slice(0, start).join(""));
    element("mark", "", line, characters.slice(start, end).join(""));
    line.append(characters.slice(end).join(""));
  });
  const here = lines[span?.line - 1];
  if (here) code.scrollTop = here.offsetTop - code.clientHeight / 2;
}

hear({ "viz:step": ({ span }) => mark(span) });
stage({ ...nobody, data: held.stage });
explain({ ...nobody, data: held.explain });
