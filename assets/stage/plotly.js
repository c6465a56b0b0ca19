// plotly.js, loaded once per page from the app's own server; a standalone file contains a
// replacement.

import { svg } from "../page/element.js";

/** @import { Figure } from "../browser.js" */

/** @type {Promise<Plotly> | null} */
let loading = null;

/** @param {string} address */
export function loadPlotly(address) {
  loading ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI).href;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : script.onerror?.("load"));
    // The next picture tries again.
    script.onerror = () => { loading = null; script.remove(); reject(new Error("plotly.js did not load")); };
    document.head.append(script);
  });
  return loading;
}

const SIBLINGS = 25;
const CONFIG = { staticPlot: true, responsive: false, displayModeBar: false };

// Have Plotly draw a figure, and return the SVG element of each shape, then of each text.
/** @param {Plotly} Plotly @param {HTMLElement} plot @param {Figure} figure */
export async function draw(Plotly, plot, { data, layout }) {
  // A message's figure may be used again: Plotly writes its defaults into its argument.
  await Plotly.newPlot(plot, structuredClone(data), structuredClone(layout), CONFIG);
  /** @type {SVGElement[]} */
  const found = [];
  for (const shape of /** @type {NodeListOf<SVGElement>} */ (plot.querySelectorAll(".shapelayer path[data-index]"))) found[Number(shape.dataset.index)] = shape;
  found.push(.../** @type {NodeListOf<SVGElement>} */ (plot.querySelectorAll(".scatterlayer .textpoint text")));
  for (const drawn of found) drawn.removeAttribute("style");
  for (const layer of plot.querySelectorAll(".shapelayer, .scatterlayer .text")) divide(layer);
  return found;
}

// For each element that changes, the browser looks at all its siblings, several times per frame: so
// each has few. They leave the group that Plotly makes for each: nothing extends beyond it that its
// clip path would cut, and its transform makes room for a baseline that our style does not have.
/** @param {Element} layer */
function divide(layer) {
  const all = [...layer.querySelectorAll("path, text")];
  layer.replaceChildren();
  for (let place = 0; place < all.length; place += SIBLINGS) {
    svg("g", {}, layer).append(...all.slice(place, place + SIBLINGS));
  }
}
