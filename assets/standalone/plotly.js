// The part of plotly.js that the stage uses, for a file that can't hold a megabyte of it: an SVG
// element for each shape and each text of the figure, at the figure's places, in pixels.

import { svg } from "../page/element.js";

/** @type {Plotly} */
export const plotly = {
  async newPlot(plot, [texts], { width, height, shapes }) {
    plot.replaceChildren();
    const drawn = svg("svg", { width, height }, plot);
    const below = svg("g", { class: "shapelayer" }, drawn);
    shapes.forEach((/** @type {{ path: string }} */ { path }, /** @type {number} */ place) => svg("path", { d: path, "data-index": place }, below));
    const above = svg("g", { class: "text" }, svg("g", { class: "scatterlayer" }, drawn));
    texts.x.forEach((/** @type {number} */ x, /** @type {number} */ place) => {
      svg("text", { x, y: texts.y[place] }, svg("g", { class: "textpoint" }, above));
    });
  },
  purge(plot) { plot.replaceChildren(); },
};
