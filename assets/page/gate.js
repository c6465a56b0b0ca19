// Only one change of the text is in flight at a time, whichever panel requests it: the next request
// is about the text in its answer. The panels coordinate by the root's data-viz-turn (the panel
// whose change is in flight) and data-viz-latest (the session, revision and run of the last
// answer), and by event "viz:free".

import { hear, say } from "./events.js";

/** @typedef {{ session: string, revision: number, run: number }} Answered */

const meeting = () => document.documentElement.dataset;

const latest = () => JSON.parse(meeting().vizLatest ?? "{}");

/** @param {Answered} answered */
function tellLatest({ session, revision, run }) {
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
  const free = () => meeting().vizTurn === undefined && data !== null && current(data);
  function onFree() { if (free()) go(); }
  const deaf = hear({ "viz:free": onFree });

  function leave() {
    if (meeting().vizTurn !== panel) return;
    delete meeting().vizTurn;
    say("viz:free", null);
  }

  return {
    // True if it is this panel's turn now; it keeps the turn until `answered`, and may send more
    // meanwhile.
    take() {
      if (meeting().vizTurn !== panel && !free()) return false;
      meeting().vizTurn = panel;
      return true;
    },
    // The panel's newest data; its own change is answered if `answered`.
    /** @param {Answered} given @param {boolean} answered */
    know(given, answered) {
      data = given;
      const own = answered && meeting().vizTurn === panel;
      if (own || given.session !== latest().session) tellLatest(given);
      if (own) leave();
      else onFree();
    },
    end() {
      deaf();
      leave();
    },
  };
}
