// Two changes of one text that were made at the same time: the server's and the visitor's.

import { difference } from "./editor/difference.js";

// `ours` with what `theirs` changed of `base`; just `ours` where both changed the same place.
export function merge(base, theirs, ours) {
  if (ours === base) return theirs;
  const [change, typed] = [difference(base, theirs), difference(base, ours)];
  const after = typed.to <= change.from && typed.from < change.from ? ours.length - base.length : 0;
  if (!after && change.to > typed.from && typed.to > change.from) return ours;
  return ours.slice(0, change.from + after) + change.insert + ours.slice(change.to + after);
}
