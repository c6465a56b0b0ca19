// The opening: the forward pass is finished, a question is shown below it, and one press shows the rest.
//
// On a first visit the rest plays by itself, once, when the question has been read.

import { element } from "../page/element.js";
import { lasting } from "../page/store.js";
import { sentence } from "./sentence.js";

/** @import { Picture } from "../browser.js" */

const PLAYED = "viz-played";
const READING_MS = 3500; // of the question
const SOON_MS = 300;
const UNASKED = 60; // px that a program without a question has for it

/** @param {HTMLElement} parent @param {(wait: number) => void} play */
export function createInvite(parent, play) {
  const root = element("div", "viz-ask", parent);
  const question = element("span", "viz-ask-words", root);
  const button = element("button", "viz-ask-play", root);
  button.type = "button";
  button.addEventListener("click", () => play(SOON_MS));
  root.dataset.shown = "false";

  return {
    // True if this browser has never seen a picture play; from now on it has.
    first() {
      const kept = lasting();
      if (!kept || kept.getItem(PLAYED)) return false;
      kept.setItem(PLAYED, "1");
      return true;
    },
    /** @param {Picture} picture */
    open(picture) {
      root.hidden = !picture.ask.length || picture.opens + 1 >= picture.frames.length;
      question.replaceChildren();
      sentence(picture.ask, question);
      button.textContent = picture.words.ask_play;
    },
    // Milliseconds before the first playback takes its first step.
    reading: () => (root.hidden ? SOON_MS : READING_MS),
    // True if that is new.
    /** @param {boolean} wanted */
    show(wanted) {
      const changes = root.dataset.shown !== String(wanted);
      root.dataset.shown = String(wanted);
      return changes;
    },
    // The height in pixels of the room that the hidden question leaves to the picture: on a phone it
    // would be a fifth of it. Elsewhere the question keeps its place, so that nothing moves.
    room() {
      if (getComputedStyle(root).position !== "absolute") return 0;
      if (!root.hidden) return root.offsetHeight;
      return document.documentElement.dataset.vizAlert === "above" ? 0 : UNASKED; // an error takes it
    },
  };
}
