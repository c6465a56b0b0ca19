// The moving picture as a standalone file, without a server: viz_app/render/document.py writes the
// page around it and its data, a `Standalone` of viz_app/browser.py. In a notebook, its kernel opens
// and folds groups (kernel.js): until it has answered, there is no control for that.

import explain from "../explain/explain.js";
import { element } from "../page/element.js";
import { listen } from "../page/events.js";
import stage from "../stage/stage.js";
import { plotly } from "./plotly.js";

/** @import { Fold, FoldRequest, Span, Standalone } from "../browser.js" */

/** @type {Standalone} */
const held = JSON.parse(document.querySelector("#viz-held")?.textContent ?? "null");
const parentElement = document.body;

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
    const here = span !== null && first <= place && place <= last;
    line.classList.toggle("viz-here", here);
    if (!here) return;
    // Python counts characters, a browser UTF-16 units.
    const characters = [...text];
    const start = place === first ? span.column - 1 : 0;
    const end = place === last ? span.end_column - 1 : characters.length;
    line.replaceChildren(characters.slice(0, start).join(""));
    element("mark", "", line, characters.slice(start, end).join(""));
    line.append(characters.slice(end).join(""));
  });
  const here = span && lines[span.line - 1];
  if (here && code) code.scrollTop = here.offsetTop - code.clientHeight / 2;
}

listen({ "viz:step": ({ span }) => mark(span) });

// All requests so far: the kernel keeps none.
/** @type {FoldRequest[]} */
const requests = [];

function ask() {
  window.parent.postMessage({ vizAsked: { picture: held.picture, groups: requests } }, "*");
}

const panel = {
  parentElement,
  /** @param {string} name @param {unknown} value */
  setStateValue(name, value) {
    if (name !== "fold") return;
    const { groups } = /** @type {Fold} */ (value);
    requests.push(...groups.filter(({ number }) => number > (requests.at(-1)?.number ?? 0)));
    ask();
  },
  setTriggerValue() {},
};

/** @param {Standalone} next */
function show(next) {
  stage({ ...panel, data: next.stage });
  explain({ ...panel, data: next.explain });
}

show(held);
if (held.picture) {
  // The page may have connected to the kernel only after this picture was shown.
  const occasions = ["pointerover", "focusin"];
  window.addEventListener("message", ({ data, source }) => {
    if (source !== window.parent || typeof data?.vizHeld !== "string") return;
    for (const name of occasions) window.removeEventListener(name, ask);
    show(JSON.parse(data.vizHeld));
  });
  for (const name of occasions) window.addEventListener(name, ask);
  ask();
}
