// When a picture is ready: once it is painted, and with it what the other panels got in its run.
//
// What the notebook prints is drawn last; it says of which run it is in data-viz-printed of the root
// and with window event "viz:printed".

import { hear } from "../page/events.js";

const LATEST_MS = 2000; // should that never come

// Calls `done` once all panels show a run, a frame later; gives back what calls it off.
export function whenAllShow(run, done) {
  let frame = 0;
  let late = 0;
  const shown = () => document.documentElement.dataset.vizPrinted === String(run);
  function look() { if (shown()) finish(); }
  function off() {
    deaf();
    clearTimeout(late);
    cancelAnimationFrame(frame);
  }
  function finish() {
    off();
    frame = requestAnimationFrame(done);
  }
  const deaf = hear({ "viz:printed": look });
  late = setTimeout(finish, LATEST_MS);
  look();
  return off;
}
