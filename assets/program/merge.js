// Two changes of one text that were made at the same time: the server's and the visitor's.

import { difference } from "./editor/difference.js";

// `ours` with the changes that `theirs` made to `base`; just `ours` if both changed the same place,
// or two places that touch: 2. made 3. and 25.5 would give 35.5, which nobody wrote.
/** @param {string} base @param {string} theirs @param {string} ours */
export function merge(base, theirs, ours) {
  if (ours === base) return theirs;
  const [change, typed] = [difference(base, theirs), difference(base, ours)];
  const before = typed.to < change.from;
  if (!before && change.to >= typed.from) return ours;
  const after = before ? ours.length - base.length : 0;
  return ours.slice(0, change.from + after) + change.insert + ours.slice(change.to + after);
}
