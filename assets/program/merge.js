// Two changes of one text that were made at the same time: the server's and the visitor's.

// What makes `text` of `base`: what stood from `from` to `to` became `insert`.
function changeOf(base, text) {
  const least = Math.min(base.length, text.length);
  let from = 0;
  while (from < least && base[from] === text[from]) from += 1;
  let same = 0;
  while (same < least - from && base.at(-1 - same) === text.at(-1 - same)) same += 1;
  return { from, to: base.length - same, insert: text.slice(from, text.length - same) };
}

// `ours` with what `theirs` changed of `base`; just `ours` where both changed the same place.
export function merge(base, theirs, ours) {
  if (ours === base) return theirs;
  const [change, typed] = [changeOf(base, theirs), changeOf(base, ours)];
  const after = typed.to <= change.from && typed.from < change.from ? ours.length - base.length : 0;
  if (!after && change.to > typed.from && typed.to > change.from) return ours;
  return ours.slice(0, change.from + after) + change.insert + ours.slice(change.to + after);
}
