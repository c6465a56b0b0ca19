// What a visitor has done, kept in the browser alone: the lessons begun and done, the last programs
// of their own, and the last lessons that came in a file or a link. Every entry is text that anyone
// could have written there.
// Sends window event "viz:progress" when something was added.

import { say } from "./events.js";

const KEY = "viz:progress";
const MOST = 8; // programs kept, and lessons
const LONGEST = 200_000; // characters of one of these lessons (viz_app/knowledge/lessons.py)
const ALL = 2_000_000; // characters of everything; browsers keep about five million
const TITLE = 600;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** @typedef {{ key: string, text: string }} Mine */
/** @typedef {{ slug: string, title: string, text: string, done: boolean }} Brought */
/** @typedef {{ done: string[], begun: string[], mine: Mine[], brought: Brought[] }} Progress */

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
  const brought = Array.isArray(kept?.brought) ? kept.brought : [];
  return {
    done: slugs(kept?.done),
    begun: slugs(kept?.begun),
    mine: mine.filter((it) => typeof it?.key === "string" && typeof it?.text === "string").slice(0, MOST),
    brought: brought.filter(isLesson).slice(0, MOST)
      .map(({ slug, title, text, done }) => ({ slug, title, text, done: done === true })),
  };
}

const isLesson = (it) => typeof it?.slug === "string" && SLUG.test(it.slug)
  && typeof it.title === "string" && it.title.length <= TITLE
  && typeof it.text === "string" && it.text.length <= LONGEST;

/** @param {Progress} now */
function keep(now) {
  let written = JSON.stringify(now);
  while (written.length > ALL && now.brought.length) {
    now = { ...now, brought: now.brought.slice(0, -1) };
    written = JSON.stringify(now);
  }
  try {
    localStorage.setItem(KEY, written);
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

// A lesson that came in a file or a link: its latest text takes the place of the earlier ones of its
// name. `done`: its goal is reached.
/** @param {string} slug @param {{ title: string, text: string }} lesson @param {boolean} done */
export function bring(slug, { title, text }, done) {
  const now = progress();
  const before = now.brought.find((it) => it.slug === slug && it.text === text);
  const known = { slug, title, text, done: done || before?.done === true };
  if (before === now.brought[0] && before?.done === known.done && before?.title === title) return;
  const others = now.brought.filter((it) => it.slug !== slug);
  keep({ ...now, brought: [known, ...others].slice(0, MOST) });
}
