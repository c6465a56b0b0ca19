// The gallery: all lessons by chapter with their pictures, finished ones and the next one, and the
// visitor's own programs. It is built when it is opened first.
//
// In: data (GalleryData). The pictures are the server's own drawings, loaded as they come into view.
// Out: state "picked" = {kind, value, name, count}: a lesson, a program, an empty one, or a lesson
// that came in a file or a link is to be opened; "kept": a course that came in a file is remembered.
// A visitor's progress link ("?done=slug.slug") carries the finished lessons to another browser.
// Listens to window event "viz:progress": lessons finished while the gallery is open are shown in it.

import { element } from "../page/element.js";
import { dispatch, listen } from "../page/events.js";
import { mount } from "../page/panel.js";
import { bringCourse, finish, progress } from "../page/progress.js";
import { join } from "../page/toolbar.js";

/** @import { GalleryData, GalleryLesson, Picked } from "../browser.js" */
/** @import { Component } from "../page/panel.js" */
/** @import { Brought } from "../page/progress.js" */

// A progress link is used up when it is read: the address keeps the program alone.
function bring() {
  const address = new URL(location.href);
  const done = address.searchParams.get("done");
  if (done === null) return;
  finish(done.split("."));
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

/** @param {string} text */
const firstLine = (text) => text.split("\n").map((line) => line.trim())
  .find((line) => line && !/^(import|from|#|pass\b)/.test(line)) ?? text.trim().split("\n")[0];

/** @param {HTMLElement} root @param {Component<GalleryData>} first */
function createGallery(root, first) {
  bring();
  const button = element("button", "viz-gallery-open", root);
  button.type = "button";
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", show);
  /** @type {HTMLDialogElement | null} */
  let dialog = null;
  let { data, setStateValue: send } = first;
  let count = 0;
  let kept = ""; // key of the last course that was remembered
  let fill = () => {}; // the opened gallery's body with the current progress

  /** @param {Picked["kind"]} kind @param {string} value */
  function pick(kind, value, name = "") {
    dialog?.close();
    send("picked", { kind, value, name, count: count += 1 });
  }

  function show() {
    dialog?.remove();
    const made = dialog = element("dialog", "viz-gallery", root);
    made.setAttribute("aria-labelledby", "viz-gallery-title");
    const { labels } = data;
    const head = element("div", "viz-gallery-head", made);
    element("h2", "", head, labels.title).id = "viz-gallery-title";
    const search = element("input", "", head);
    search.type = "search";
    search.placeholder = labels.search;
    search.setAttribute("aria-label", labels.search);
    /** @param {string} text @param {() => void} run */
    const act = (text, run) => {
      const pressed = element("button", "", head, text);
      pressed.type = "button";
      pressed.addEventListener("click", run);
      return pressed;
    };
    act(labels.blank, () => pick("blank", ""));
    act(labels.file, () => { made.close(); dispatch("viz:open", null); });
    const copy = act(labels.copy, async () => {
      const link = new URL(location.pathname, location.origin);
      link.searchParams.set("done", progress().done.join("."));
      try {
        await navigator.clipboard.writeText(link.href);
        copy.textContent = labels.copied;
      } catch {
        prompt(labels.copy, link.href);
      }
    });
    const close = act("×", () => made.close());
    close.setAttribute("aria-label", labels.close);

    const body = element("div", "viz-gallery-body", made);
    let filter = () => {};
    fill = () => {
      const found = list(body);
      const none = element("p", "", body, labels.none);
      filter = () => {
        const wanted = search.value.trim().toLowerCase();
        for (const [each, text] of found) each.hidden = !text.toLowerCase().includes(wanted);
        for (const section of body.querySelectorAll("section")) {
          section.hidden = !section.querySelector("button:not([hidden])");
        }
        none.hidden = found.some(([each]) => !each.hidden);
      };
      filter();
    };
    fill();
    search.addEventListener("input", () => filter());
    made.showModal();
    made.querySelector('[data-state="next"]')?.scrollIntoView({ block: "center" });
  }

  // All lessons and programs: each one's button with the words by which it is found.
  /** @param {HTMLElement} body @returns {[HTMLElement, string][]} */
  function list(body) {
    const { labels, chapters } = data;
    const { done, begun, mine, brought, courses } = progress();
    body.replaceChildren();
    const path = chapters.flatMap(({ lessons }) => lessons).filter(({ order }) => order !== null)
      .sort((one, other) => (one.order ?? 0) - (other.order ?? 0));
    const next = path.find(({ slug }) => !done.includes(slug))?.slug;
    /** @type {[HTMLElement, string][]} */
    const found = [];
    for (const { name, lessons } of chapters) {
      const section = element("section", "", body);
      const finished = lessons.filter(({ slug }) => done.includes(slug)).length;
      element("h3", "", section, `${name} · ${finished}/${lessons.length}`);
      const grid = element("div", "viz-gallery-grid", section);
      for (const lesson of lessons) {
        const state = done.includes(lesson.slug) ? "done"
          : lesson.slug === next ? "next" : begun.includes(lesson.slug) ? "begun" : "";
        found.push([card(grid, lesson, state, () => pick("lesson", lesson.slug)), `${lesson.slug} ${lesson.title} ${name}`]);
      }
    }
    /** @param {HTMLElement} grid @param {string} name @param {string} text @param {() => void} open */
    function own(grid, name, text, open) {
      const made = element("button", "viz-gallery-mine", grid, name);
      made.type = "button";
      made.addEventListener("click", open);
      found.push([made, `${name} ${text}`]);
      return made;
    }
    /** @param {HTMLElement} grid @param {Brought} lesson @param {string} state */
    function opened(grid, { slug, title, text }, state) {
      const made = own(grid, title || slug, slug, () => pick("opened", text, slug));
      made.classList.add("viz-gallery-opened");
      made.dataset.state = state;
      if (state) element("small", "", made, labels[`is_${state}`]);
    }
    for (const { name, lessons } of courses) {
      const section = element("section", "viz-gallery-course", body);
      const finished = lessons.filter((it) => it.done).length;
      element("h3", "", section, `${name} · ${finished}/${lessons.length}`);
      const grid = element("div", "viz-gallery-grid", section);
      const first = lessons.find((it) => !it.done);
      for (const lesson of lessons) opened(grid, lesson, lesson.done ? "done" : lesson === first ? "next" : "");
    }
    if (brought.length) {
      const section = element("section", "", body);
      element("h3", "", section, labels.brought);
      const grid = element("div", "viz-gallery-grid", section);
      for (const lesson of brought) opened(grid, lesson, lesson.done ? "done" : "begun");
    }
    if (mine.length) {
      const section = element("section", "", body);
      element("h3", "", section, labels.mine);
      const grid = element("div", "viz-gallery-grid", section);
      for (const { text } of mine) {
        own(grid, firstLine(text), text, () => pick("program", text)).title = text.slice(0, 500);
      }
    }
    return found;
  }

  /** @param {HTMLElement} grid @param {GalleryLesson} lesson @param {string} state @param {() => void} open */
  function card(grid, { title, order, image, slug }, state, open) {
    const made = element("button", "viz-gallery-card", grid);
    made.type = "button";
    made.dataset.state = state;
    if (slug === data.current) made.setAttribute("aria-current", "page");
    const picture = element("img", "", made);
    picture.alt = "";
    picture.loading = "lazy";
    picture.decoding = "async";
    picture.src = new URL(image, document.baseURI).href;
    const name = element("span", "", made, order === null ? title : `${order} · ${title}`);
    if (state) element("small", "", name, data.labels[`is_${state}`]);
    made.addEventListener("click", open);
    return made;
  }

  const unlisten = listen({ "viz:progress": () => { if (dialog?.open) fill(); } });

  return {
    /** @param {GalleryData} given @param {Component<GalleryData>} component */
    update(given, { setStateValue }) {
      data = given;
      send = setStateValue;
      count = Math.max(count, given.taken);
      const { course } = given;
      if (course && course.key !== kept) {
        kept = course.key;
        bringCourse(course.name, course.lessons);
        send("picked", { kind: "kept", value: course.key, name: "", count: count += 1 });
      }
      button.textContent = given.labels.open;
      join(button, given.labels.tools);
    },
    end() {
      unlisten();
      dialog?.remove();
    },
  };
}

export default mount(".viz-gallery-root", createGallery);
