// A lesson's ideas, each a button that takes the picture to the step that shows it.
//
// In: data.label, data.jump, data.unseen, data.ideas = [{text, answer, step}], step null if the
// program has no such moment; answer is hidden while predict mode is on (panels.css). Sends window
// event "viz:goto" {step}; listens to "viz:step" {index}.

import { element } from "./element.js";
import { hear, say } from "./events.js";
import { mount } from "./panel.js";

/** @import { Idea, IdeasData } from "../browser.js" */

function createList(root) {
  const label = document.createElement("h2");
  label.className = "viz-label";
  const list = document.createElement("ol");
  root.append(label, list);
  /** @type {Idea[]} */
  let ideas = [];
  let index = null;

  // The idea of the current step: the last one whose step was reached.
  function light() {
    const come = ideas.filter(({ step }) => step !== null && index !== null && step <= index);
    const at = Math.max(-1, ...come.map(({ step }) => step));
    for (const [place, button] of [...list.querySelectorAll("button")].entries()) {
      if (ideas[place].step === at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }

  const deaf = hear({ "viz:step": ({ step }) => { index = step; light(); } });

  return {
    /** @param {IdeasData} data */
    update(data) {
      ideas = data.ideas;
      root.hidden = ideas.length === 0;
      document.documentElement.toggleAttribute("data-viz-own", root.hidden);
      label.textContent = data.label;
      list.replaceChildren(...ideas.map(({ text, answer, step }) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        const words = element("span", "", button, text);
        if (answer) element("span", "viz-ideas-answer", words, ` ${answer}`);
        button.title = step === null ? data.unseen : data.jump;
        button.disabled = step === null;
        button.addEventListener("click", () => {
          say("viz:goto", { step });
        });
        item.append(button);
        return item;
      }));
      light();
    },
    end: deaf,
  };
}

export default mount(".viz-ideas", createList);
