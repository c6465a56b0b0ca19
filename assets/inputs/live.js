// The pictures of a number while it is dragged, from viz_app/page/live.py: one is under way at a
// time, and of the numbers that come meanwhile only the newest is asked for.
//
// Out: window event "viz:draw" {live, done}, and once the picture is drawn "viz:live" {text, state,
//      printed, picture, explain} for the other panels to show; both null when they are to show
//      again what the server gave them.
// `commit(wish)` is called with the last number when the drag rests or ends, and where no picture
// can be had this way. `panel` tells the session, the revision of the text, and whether the server
// is about to change that.

import { say } from "../page/events.js";

const REST_MS = 350; // without another number, a drag rests
const PACE_MS = 50; // between two questions, at least
const BUSY_MS = 250; // before the next one, where the server makes too many pictures already
const BUSY = {};

export function createLive(panel, commit) {
  let wish = null; // the newest number that was not committed
  let asked = false; // whether a picture is under way
  let drawn = ""; // the figure that the browser has
  let shown = false; // whether a picture of ours is on the page
  let ended = false; // the drag rests or is over
  let rest = 0;

  function tell(detail) {
    shown = detail !== null;
    drawn = detail?.picture?.drawn ?? "";
    const drawing = { live: detail, done: () => say("viz:live", detail), taken: false };
    say("viz:draw", drawing);
    if (!drawing.taken) drawing.done();
  }

  async function answer() {
    const { key, ...number } = wish;
    const question = JSON.stringify({ id: 0, base: panel.data.revision, ...number });
    const address = new URL(`live?${new URLSearchParams({ wish: question, drawn })}`, document.baseURI);
    try {
      const found = await fetch(address, { headers: { "Viz-Session": panel.data.session } });
      if (found.status === 429) return BUSY;
      return found.status === 200 ? await found.json() : null;
    } catch { return null; } // the server is away: Streamlit says so
  }

  async function ask() {
    asked = true;
    const [question, began] = [wish, performance.now()];
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
      if (found && wish !== question) ask();
      else if (ended) settle();
    };
    const wait = began + PACE_MS - performance.now();
    // The server works on the next picture while the browser draws this one.
    const ahead = found && wish !== question && wait <= 0;
    if (found) drawn = found.picture?.drawn ?? "";
    if (ahead) goOn();
    if (found) tell(found);
    else if (shown) tell(null);
    if (!ahead) setTimeout(goOn, Math.max(0, wait));
  }

  function settle() {
    clearTimeout(rest);
    ended = true;
    if (wish === null || asked) return;
    const last = wish;
    wish = null;
    drawn = "";
    shown = false;
    commit(last);
  }

  return {
    follow(next) {
      wish = next;
      ended = false;
      clearTimeout(rest);
      rest = setTimeout(settle, REST_MS);
      if (!asked && !panel.waiting) ask();
    },
    settle,
    // The server has changed the text: a drag that went on meanwhile is of its rows, at `held`.
    resume(held) {
      if (wish === null) return;
      wish = { ...wish, ...held };
      if (!asked) ask();
    },
  };
}
