// The readiness of a picture: once it is painted, together with the other panels' data of its run.
//
// The notebook's output is drawn last; it reports its run in data-viz-printed of the root and with
// window event "viz:printed".

import { listen } from "../page/events.js";

const LATEST_MS = 2000; // ms to wait in case it never arrives

// Call `done` once all panels show a run, a frame later; returns a function that cancels this.
/** @param {number} run @param {() => void} done */
export function whenAllShow(run, done) {
  let frame = 0;
  let late = 0;
  const shown = () => document.documentElement.dataset.vizPrinted === String(run);
  function look() { if (shown()) finish(); }
  function off() {
    unlisten();
    clearTimeout(late);
    cancelAnimationFrame(frame);
  }
  function finish() {
    off();
    frame = requestAnimationFrame(done);
  }
  const unlisten = listen({ "viz:printed": look });
  late = setTimeout(finish, LATEST_MS);
  look();
  return off;
}
