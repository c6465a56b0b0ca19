// Groups being opened and folded: the requests that the server has not answered, and the group's
// place on the screen, so that it stays there.

/** @import { FoldRequest, Picture } from "../browser.js" */
/** @import { Camera } from "./camera.js" */

/** @type {(picture: Picture, id: string) => Picture["vertices"][number] | undefined} */
const opened = (picture, id) => picture.vertices.find(({ opens }) => opens === id)
  ?? picture.vertices.find(({ within }) => within === id);

/** @param {Camera} camera @param {number} [first] the number before the first request's */
export function createFolding(camera, first = Date.now()) {
  /** @type {FoldRequest[]} */
  let requests = [];
  let count = first;
  /** @type {{ id: string, at: number[] } | null} */
  let anchor = null; // the group in progress, and its place on the screen

  return {
    under: () => anchor !== null,

    // All unanswered requests, with one more: "ID" opens a group, "-ID" folds it.
    /** @param {Picture} picture @param {string} group */
    ask(picture, group) {
      const id = group.replace("-", "");
      const { box: { x, y } } = opened(picture, id) ?? picture.vertices[0];
      anchor = { id, at: camera.toPixel(x, y) };
      count += 1;
      requests = [...requests, { number: count, group }];
      return requests;
    },

    // The server has answered up to this request.
    /** @param {number} number */
    answered(number) { requests = requests.filter((request) => request.number > number); },

    // An opened or folded group keeps its place on the screen, at its scale.
    /** @param {Picture} picture */
    stay(picture) {
      if (!anchor) return;
      const vertex = opened(picture, anchor.id);
      if (!vertex) return;
      const { x, y } = vertex.box;
      camera.x = x - (anchor.at[0] - camera.width / 2) / camera.scale;
      camera.y = y - (anchor.at[1] - camera.height / 2) / camera.scale;
      camera.keep();
      camera.rein();
    },

    done() { anchor = null; },
  };
}
