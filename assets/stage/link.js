// The part of the visible state that a link stores, and the state that a link requests.

/** @import { Picture, StageData, Vertex, View } from "../browser.js" */

// As reported by window event "viz:view"; null is the default.
/**
 * @param {{ index: number, box: Vertex | undefined, speed: number, view: string | null,
 *   colour: string, names: boolean, constants: boolean, predict: boolean, present: boolean, opens: number, playing: boolean }} seen
 * @returns {View}
 */
export function remembered({ index, box, speed, view, colour, names, constants, predict, present, opens, playing }) {
  return {
    step: index === opens ? null : index,
    speed: speed === 1 ? null : speed,
    node: box && !box.group ? box.id : null,
    view,
    colour: colour === "plain" ? null : colour,
    names: names ? "torch" : null,
    constants: constants ? "hidden" : null,
    predict: predict ? "1" : null,
    present: present ? "1" : null,
    playing,
  };
}

// A link's settings are applied once; unset ones, as undefined, change nothing.
export function createLink() {
  /** @type {string | null} */
  let asked = null; // the last one that was applied
  return {
    // Null if it was applied already.
    /** @param {StageData} data @param {Picture} picture */
    settings(data, picture) {
      if (data.asked === asked) return null;
      asked = data.asked;
      const place = picture.vertices.findIndex(({ id }) => id === data.node);
      return {
        index: Number.isInteger(data.step) ? data.step : undefined,
        speed: data.speed,
        chosen: place < 0 ? null : place,
        colour: data.colour ?? "plain",
        names: data.names,
        constants: data.hide_constants,
        predict: data.predict,
        present: data.present,
        view: data.view ?? undefined,
      };
    },
  };
}
