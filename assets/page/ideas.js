// A lesson's ideas, each a button that takes the picture to the step where it is seen.
//
// In: data.label, data.jump, data.unseen, data.ideas = [{text, answer, step}], step null when the
// program has no such moment; answer is hidden while predict mode is on (panels.css). Sends window
// event "viz:goto" {step}; listens to "viz:step" {index}.

import { element } from "./element.js";

const lists = new WeakMap();

function createList(root) {
  const label = document.createElement("h2");
  label.className = "viz-label";
  const list = document.createElement("ol");
  root.append(label, list);
  let ideas = [];
  let index = null;

  // The idea that the picture is at: the last one whose step has come.
  function light() {
    const come = ideas.filter(({ step }) => step !== null && index !== null && step <= index);
    const at = Math.max(-1, ...come.map(({ step }) => step));
    for (const [place, button] of [...list.querySelectorAll("button")].entries()) {
      if (ideas[place].step === at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }

  function onStep(event) {
    index = event.detail.index;
    light();
  }
  window.addEventListener("viz:step", onStep);

  return {
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
          window.dispatchEvent(new CustomEvent("viz:goto", { detail: { step } }));
        });
        item.append(button);
        return item;
      }));
      light();
    },
    end() { window.removeEventListener("viz:step", onStep); },
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".viz-ideas");
  if (!lists.has(root)) lists.set(root, createList(root));
  lists.get(root).update(data);
  return () => { lists.get(root)?.end(); lists.delete(root); };
}
