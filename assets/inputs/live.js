// The pictures of a number while it is dragged, from viz_app/page/live.py: one is in flight at a
// time, and of the numbers that follow only the newest is requested.
//
// Out: window event "viz:draw" {live, done}, and once the picture is drawn "viz:live" {text, state,
//      printed, picture, explain} for the other panels; both are null to show the server's data
//      again.
// `commit(request)` is called with the last number when the drag pauses or ends, and if no picture can
// be had this way. `panel` gives the session, the revision of the text, and if the server is about
// to change it.

import { dispatch } from "../page/events.js";

/** @import { Live } from "../browser.js" */
/** @import { Panel, Wanting } from "./inputs.js" */

const REST_MS = 350; // ms without another number after which a drag pauses
const PACE_MS = 50; // least ms between two requests
const BUSY_MS = 250; // ms before the next one if the server makes too many pictures already
const BUSY = /** @type {Live} */ ({});

/** @param {Panel} panel @param {(request: Wanting) => void} commit */
export function createLive(panel, commit) {
  /** @type {Wanting | null} */
  let request = null; // the newest number that was not committed
  let asked = false; // true while a picture is in flight
  let drawn = ""; // the figure that the browser has
  let shown = false; // true while a picture of ours is on the page
  let ended = false; // the drag has paused or ended
  let rest = 0;

  /** @param {Live | null} detail */
  function display(detail) {
    shown = detail !== null;
    drawn = detail?.picture?.drawn ?? "";
    const drawing = { live: detail, done: () => dispatch("viz:live", detail), taken: false };
    dispatch("viz:draw", drawing);
    if (!drawing.taken) drawing.done();
  }

  async function answer() {
    const { key, ...number } = request ?? {};
    const question = JSON.stringify({ id: 0, base: panel.data.revision, ...number });
    const address = new URL(`live?${new URLSearchParams({ change: question, drawn })}`, document.baseURI);
    try {
      const found = await fetch(address, { headers: { "Viz-Session": panel.data.session } });
      if (found.status === 429) return BUSY;
      return found.status === 200 ? await found.json() : null;
    } catch { return null; } // the server is away: Streamlit shows it
  }

  async function ask() {
    asked = true;
    const [question, began] = [request, performance.now()];
    const found = await answer();
    if (found === BUSY) {
      setTimeout(() => {
        asked = false;
        if (ended) settle();
        else ask();
      }, BUSY_MS);
      return;
    }
    const goOn = () => {
      asked = false;
      if (!found) ended = true;
      if (found && request !== question) ask();
      else if (ended) settle();
    };
    const wait = began + PACE_MS - performance.now();
    // The server works on the next picture while the browser draws this one.
    const ahead = found && request !== question && wait <= 0;
    if (found) drawn = found.picture?.drawn ?? "";
    if (ahead) goOn();
    if (found) display(found);
    else if (shown) display(null);
    if (!ahead) setTimeout(goOn, Math.max(0, wait));
  }

  function settle() {
    clearTimeout(rest);
    ended = true;
    if (request === null || asked) return;
    const last = request;
    request = null;
    drawn = "";
    shown = false;
    commit(last);
  }

  return {
    /** @param {Wanting} next */
    follow(next) {
      request = next;
      ended = false;
      clearTimeout(rest);
      rest = setTimeout(settle, REST_MS);
      if (!asked && !panel.waiting) ask();
    },
    settle,
    // The server has changed the text: a drag that continued meanwhile belongs to its rows, at
    // `held`.
    /** @param {{ at: number, index: number[] } | null} held */
    resume(held) {
      if (request === null) return;
      request = { ...request, ...held };
      if (!asked) ask();
    },
  };
}
