// The camera in its frame: sizes, following the step, and what lies under a pixel.

import { isOpen, isVisible, places } from "./state.js";
import { under } from "./walk.js";

/** @import { State } from "./state.js" */

/**
 * @param {State} state
 * @param {HTMLElement} frame
 * @param {ReturnType<typeof import("./camera.js").createCamera>} camera
 * @param {{ look: () => void, measured: () => void, spare: () => number }} on `look` draws what the
 *   camera sees, `measured` is called after a new size, `spare` is the height in pixels that the frame
 *   takes the picture's preferred height
 */
export function createView(state, frame, camera, { look, measured, spare }) {
  function measure() {
    const more = spare();
    frame.style.setProperty("--viz-spare", `${more}px`);
    const most = Number.parseFloat(getComputedStyle(frame).maxHeight) - more;
    frame.style.height = `${camera.preferredHeight(frame.clientWidth, most) + more}px`;
    camera.width = frame.clientWidth || 1;
    camera.height = frame.clientHeight || 1;
    measured();
  }

  function follow() {
    const step = places(state);
    if (step) camera.step(step.focus, step.own);
  }

  // After a new size: everything again, the step in view.
  function refit() {
    if (!isOpen(state)) return;
    measure();
    if (camera.fitted) camera.fit();
    follow();
    look();
  }

  const sized = new ResizeObserver(() => { if (frame.clientWidth) refit(); });
  sized.observe(frame);

  return {
    measure,
    follow,
    refit,

    // The vertex is moved into view.
    /** @param {number} place */
    reach(place) {
      const { x, y } = state.picture.vertices[place].box;
      camera.follow({ left: x - 60, top: y - 40, right: x + 60, bottom: y + 40 });
      look();
    },

    // The index of the visible vertex under a pixel; -1 for none.
    /** @param {[number, number]} point */
    at: (point) => (isOpen(state) ? under(state.picture, camera, (place) => isVisible(state, place), point) : -1),

    end() { sized.disconnect(); },
  };
}
