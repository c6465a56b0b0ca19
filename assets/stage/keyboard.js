// Which key of the stage does what.

// The name of an action for a key that was pressed on an element with this tag; undefined for none.
// A button keeps its own space, the slider its arrows, a list its letters. A letter is a place on the
// keyboard too: 한글 is written with other letters.
export function actionOf({ key, code }, tag, actions) {
  const own = (tag === "BUTTON" && key === " ") || (tag === "SELECT" && !"[]".includes(key))
    || (tag === "INPUT" && key.startsWith("Arrow"));
  return own ? undefined : actions[key] ?? actions[code];
}

// Enter opens the chosen group or call, Backspace folds the one around: the group as a wish, or null.
export function groupOf(key, vertex) {
  if (key === "Enter" && vertex?.opens) return vertex.opens;
  if (key === "Backspace" && vertex?.within) return `-${vertex.within}`;
  return null;
}
