// What a visitor has done, kept in the browser alone: the lessons begun and done, the last programs
// of their own, and the last lessons and courses that came in a file or a link. Every entry is text
// that anyone could have written there.
// Sends window event "viz:progress" when something was added.

import { dispatch } from "./events.js";

const KEY = "viz:progress";
const MOST = 8; // programs kept, and lessons
const COURSES = 3; // courses kept
const LESSONS = 40; // lessons of one (viz_app/knowledge/lessons.py)
const LONGEST = 200_000; // characters of one of these lessons (viz_app/knowledge/lessons.py)
const ALL = 2_000_000; // characters of everything; browsers keep about five million
const TITLE = 600;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** @typedef {{ key: string, text: string }} Mine */
/** @typedef {{ slug: string, title: string, text: string, done: boolean }} Brought */
/** @typedef {{ name: string, lessons: Brought[] }} Course */
/** @typedef {{ done: string[], begun: string[], mine: Mine[], brought: Brought[], courses: Course[] }} Progress */

/** @returns {Progress} */
export function progress() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    kept = null; // storage is refused, or holds something else
  }
  /** @param {unknown} list @returns {string[]} */
  const slugs = (list) => (Array.isArray(list) ? list.filter((it) => typeof it === "string" && SLUG.test(it)) : []);
  /** @type {unknown[]} */
  const mine = Array.isArray(kept?.mine) ? kept.mine : [];
  const brought = Array.isArray(kept?.brought) ? kept.brought : [];
  /** @type {unknown[]} */
  const courses = Array.isArray(kept?.courses) ? kept.courses : [];
  return {
    done: slugs(kept?.done),
    begun: slugs(kept?.begun),
    mine: mine.filter(isMine).slice(0, MOST),
    brought: ofLessons(brought, MOST),
    courses: courses.filter(isCourse)
      .slice(0, COURSES).map(({ name, lessons }) => ({ name, lessons: ofLessons(lessons, LESSONS) })),
  };
}

/** @param {unknown[]} list @param {number} most @returns {Brought[]} */
const ofLessons = (list, most) => list.filter(isLesson).slice(0, most)
  .map(({ slug, title, text, done }) => ({ slug, title, text, done: done === true }));

/** @param {any} it @returns {it is Mine} */
const isMine = (it) => typeof it?.key === "string" && typeof it?.text === "string";

/** @param {any} it @returns {it is { name: string, lessons: unknown[] }} */
const isCourse = (it) => typeof it?.name === "string" && it.name.length <= TITLE && Array.isArray(it.lessons);

/** @param {any} it @returns {it is Brought} */
const isLesson = (it) => typeof it?.slug === "string" && SLUG.test(it.slug)
  && typeof it.title === "string" && it.title.length <= TITLE
  && typeof it.text === "string" && it.text.length <= LONGEST;

/** @param {Progress} now */
function keep(now) {
  let written = JSON.stringify(now);
  while (written.length > ALL && now.brought.length + now.courses.length) {
    now = now.courses.length > 1 || !now.brought.length ? { ...now, courses: now.courses.slice(0, -1) }
      : { ...now, brought: now.brought.slice(0, -1) };
    written = JSON.stringify(now);
  }
  try {
    localStorage.setItem(KEY, written);
  } catch {
    return; // refused or full: the page works without
  }
  dispatch("viz:progress", null);
}

/** @param {string[]} list @param {string[]} more */
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

// The latest text of a program replaces its earlier ones.
/** @param {string} key @param {string} text */
export function remember(key, text) {
  const now = progress();
  const others = now.mine.filter((it) => it.key !== key && it.text !== text);
  keep({ ...now, mine: [{ key, text }, ...others].slice(0, MOST) });
}

/** @param {Pick<Brought, "slug" | "text">} one @param {Pick<Brought, "slug" | "text">} other */
const same = (one, other) => one.slug === other.slug && one.text === other.text;

// A lesson that came in a file or a link: its latest text replaces the earlier ones of its
// name. One of a course stays there. `done`: its goal is reached.
/** @param {string} slug @param {{ title: string, text: string }} lesson @param {boolean} done */
export function bring(slug, { title, text }, done) {
  const now = progress();
  const opened = { slug, title, text, done };
  if (now.courses.some(({ lessons }) => lessons.some((it) => same(it, opened)))) {
    if (!done || now.courses.every(({ lessons }) => lessons.every((it) => it.done || !same(it, opened)))) return;
    /** @param {Brought} it */
    const mark = (it) => (same(it, opened) ? { ...it, done: true } : it);
    keep({ ...now, courses: now.courses.map(({ name, lessons }) => ({ name, lessons: lessons.map(mark) })) });
    return;
  }
  const before = now.brought.find((it) => same(it, opened));
  const known = { slug, title, text, done: done || before?.done === true };
  if (before === now.brought[0] && before?.done === known.done && before?.title === title) return;
  const others = now.brought.filter((it) => it.slug !== slug);
  keep({ ...now, brought: [known, ...others].slice(0, MOST) });
}

// A course that came in a file replaces an earlier one of its name; what was done of it
// stays done.
/** @param {string} name @param {readonly { slug: string, title: string, text: string }[]} lessons */
export function bringCourse(name, lessons) {
  const now = progress();
  const before = now.courses.flatMap((it) => it.lessons).concat(now.brought);
  const known = lessons.slice(0, LESSONS)
    .map((one) => ({ ...one, done: before.some((it) => it.done && same(it, one)) }));
  const others = now.courses.filter((it) => it.name !== name);
  const alone = now.brought.filter((it) => !lessons.some((one) => same(one, it)));
  keep({ ...now, brought: alone, courses: [{ name, lessons: known }, ...others].slice(0, COURSES) });
}

// The lesson after one in the course that it came with; null for the last one, and without a course.
/** @param {string} slug @param {string} text @returns {Brought | null} */
export function following(slug, text) {
  for (const { lessons } of progress().courses) {
    const at = lessons.findIndex((it) => it.slug === slug && it.text === text);
    if (at >= 0) return lessons[at + 1] ?? null;
  }
  return null;
}
