// One change of the text is under way at a time, whichever panel asks for it: what is asked for next
// is of the text that the answer brings. The panels meet in the root's data-viz-turn (whose change
// is under way) and data-viz-latest (the session, revision and run of the last answer), and in
// event "viz:free".

import { hear, say } from "./events.js";

const meeting = () => document.documentElement.dataset;

const latest = () => JSON.parse(meeting().vizLatest ?? "{}");

function tellLatest({ session, revision, run }) {
  meeting().vizLatest = JSON.stringify({ session, revision, run });
}

// Whether what a panel was given is of the text that the last answer brought, or newer.
function current({ session, revision, run }) {
  const last = latest();
  return session === last.session && revision >= last.revision && run >= last.run;
}

// `go` is called whenever something that waited may be asked for.
export function createGate(panel, go) {
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
    // Whether it is this panel's turn now; it has it until `answered`, and may ask for more meanwhile.
    take() {
      if (meeting().vizTurn !== panel && !free()) return false;
      meeting().vizTurn = panel;
      return true;
    },
    // What the panel was given last; its own change is answered if `answered`.
    know(given, answered) {
      data = given;
      const own = answered && meeting().vizTurn === panel;
      if (own || data.session !== latest().session) tellLatest(data);
      if (own) leave();
      else onFree();
    },
    end() {
      deaf();
      leave();
    },
  };
}
