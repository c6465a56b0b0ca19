// Only one change of the text is in flight at a time, whichever panel requests it: the next request
// is about the text in its answer. The panels coordinate by the root's data-viz-in-flight (the panel
// whose change is in flight) and data-viz-latest (the session, revision and run of the last
// answer), and by event "viz:free".

import { dispatch, listen } from "./events.js";

/** @typedef {{ session: string, revision: number, run: number }} Answered */

const meeting = () => document.documentElement.dataset;

const latest = () => JSON.parse(meeting().vizLatest ?? "{}");

/** @param {Answered} answered */
function storeLatest({ session, revision, run }) {
  meeting().vizLatest = JSON.stringify({ session, revision, run });
}

// True if a panel's data is of the text in the last answer, or newer.
/** @param {Answered} answered */
function current({ session, revision, run }) {
  const last = latest();
  return session === last.session && revision >= last.revision && run >= last.run;
}

// `go` is called whenever a waiting request may be sent.
/** @param {string} panel @param {() => void} go */
export function createGate(panel, go) {
  /** @type {Answered | null} */
  let data = null;
  const free = () => meeting().vizInFlight === undefined && data !== null && current(data);
  function onFree() { if (free()) go(); }
  const unlisten = listen({ "viz:free": onFree });

  function leave() {
    if (meeting().vizInFlight !== panel) return;
    delete meeting().vizInFlight;
    dispatch("viz:free", null);
  }

  return {
    // True if this panel may send a request now. No other panel may until `answered`; this one may send more
    // meanwhile.
    take() {
      if (meeting().vizInFlight !== panel && !free()) return false;
      meeting().vizInFlight = panel;
      return true;
    },
    // The panel's newest data; its own change is answered if `answered`.
    /** @param {Answered} given @param {boolean} answered */
    know(given, answered) {
      data = given;
      const own = answered && meeting().vizInFlight === panel;
      if (own || given.session !== latest().session) storeLatest(given);
      if (own) leave();
      else onFree();
    },
    end() {
      unlisten();
      leave();
    },
  };
}
