// What a visitor has done, kept in the browser alone: the lessons begun and done, and the last
// programs of their own. Every entry is text that anyone could have written there.
// Sends window event "viz:progress" when something was added.

import { say } from "./events.js";

const KEY = "viz:progress";
const MOST = 8; // programs kept
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** @typedef {{ key: string, text: string }} Mine */
/** @typedef {{ done: string[], begun: string[], mine: Mine[] }} Progress */

/** @returns {Progress} */
export function progress() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    kept = null; // storage is refused, or holds something else
  }
  const slugs = (list) => (Array.isArray(list) ? list.filter((it) => typeof it === "string" && SLUG.test(it)) : []);
  const mine = Array.isArray(kept?.mine) ? kept.mine : [];
  return {
    done: slugs(kept?.done),
    begun: slugs(kept?.begun),
    mine: mine.filter((it) => typeof it?.key === "string" && typeof it?.text === "string").slice(0, MOST),
  };
}

/** @param {Progress} now */
function keep(now) {
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    return; // refused or full: the page works without
  }
  say("viz:progress", null);
}

const joined = (list, more) => [...new Set([...list, ...more])];

/** @param {string} slug */
export function begin(slug) {
  const now = progress();
  if (!now.begun.includes(slug)) keep({ ...now, begun: joined(now.begun, [slug]) });
}

/** @param {string[]} slugs */
export function finish(slugs) {
  const now = progress();
  const known = slugs.filter((slug) => SLUG.test(slug));
  if (known.some((slug) => !now.done.includes(slug))) keep({ ...now, done: joined(now.done, known) });
}

// The latest text of a program takes the place of its earlier ones.
/** @param {string} key @param {string} text */
export function remember(key, text) {
  const now = progress();
  const others = now.mine.filter((it) => it.key !== key && it.text !== text);
  keep({ ...now, mine: [{ key, text }, ...others].slice(0, MOST) });
}
