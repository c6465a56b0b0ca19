// A switch for the quantity by which boxes are coloured: their kind, or the size of value or
// gradient.

import { element } from "../page/element.js";

/** @import { Picture, Vertex } from "../browser.js" */

export const WAYS = ["plain", "value", "gradient", "relative"];
const DECADES = 6; // between the palest and the strongest

/** @param {HTMLElement} parent @param {() => void} changed */
export function createColour(parent, changed) {
  const select = element("select", "viz-speed viz-colour", parent);
  for (const way of WAYS) element("option", "", select).value = way;
  select.addEventListener("change", changed);

  return {
    /** @param {Picture} picture */
    open({ words, vertices }) {
      select.setAttribute("aria-label", words.colour);
      WAYS.forEach((way, place) => { select.options[place].textContent = words[`colour_${way}`]; });
      select.hidden = vertices.length === 0;
    },

    // The strength of each box, from 0 to 1; null for one without a size, Infinity for nan or inf.
    /**
     * @param {Vertex[]} vertices
     * @param {(place: number) => number | null} gradientOf
     * @param {(place: number) => string} strangeOf
     */
    strengths(vertices, gradientOf, strangeOf) {
      const way = select.value;
      if (way === "plain") return null;
      const sizes = vertices.map(({ size }, place) => {
        const gradient = gradientOf(place);
        if (way === "value") return size;
        if (way === "gradient") return gradient;
        return size && gradient !== null ? gradient / size : null;
      });
      const known = sizes.flatMap((size) => (size && size > 0 ? [Math.log10(size)] : []));
      const most = Math.max(...known);
      const least = Math.max(most - DECADES, Math.min(...known));
      return sizes.map((size, place) => {
        if ((way !== "gradient" && vertices[place].strange) || (way !== "value" && strangeOf(place))) return Infinity;
        if (size === null || size === undefined) return null;
        if (!(size > 0)) return 0;
        return Math.max(0.04, (Math.log10(size) - least) / (most - least || 1));
      });
    },
    way: () => select.value,
    /** @param {string} way */
    choose(way) { select.value = way; },
  };
}
