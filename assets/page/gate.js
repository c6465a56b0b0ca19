// One change of the text is under way at a time, whichever panel asks for it: what is asked for next
// is of the text that the answer brings. The panels meet in the root's data-viz-turn (whose change
// is under way) and data-viz-latest (which text the last answer brought), and in event "viz:free".

const meeting = () => document.documentElement.dataset;

// Whether what a panel was given is of the text that the last answer brought, or newer.
function current({ session, revision, run }) {
  const { session: of, revision: number, run: ran } = JSON.parse(meeting().vizLatest ?? "{}");
  return session !== of || (revision >= number && run >= ran);
}

// `go` is called whenever something that waited may be asked for.
export function createGate(panel, go) {
  let data = null;
  const free = () => meeting().vizTurn === undefined && data !== null && current(data);
  function onFree() { if (free()) go(); }
  window.addEventListener("viz:free", onFree);

  function leave() {
    if (meeting().vizTurn !== panel) return;
    delete meeting().vizTurn;
    window.dispatchEvent(new Event("viz:free"));
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
      if (answered && meeting().vizTurn === panel) {
        meeting().vizLatest = JSON.stringify({ session: data.session, revision: data.revision, run: data.run });
        leave();
      } else onFree();
    },
    end() {
      window.removeEventListener("viz:free", onFree);
      leave();
    },
  };
}
