// The three buttons in the corner of the picture. `acts` are by name; `done()` is called after each.

import { element } from "../page/element.js";

const SIGNS = { farther: "−", fit: "⤢", closer: "+" };

export function createZoom(frame, acts, done) {
  const root = element("div", "viz-zoom", frame);
  let words = null; // there is a picture
  const buttons = Object.entries(SIGNS).map(([name, sign]) => {
    const button = element("button", "viz-button", root, sign);
    button.type = "button";
    button.addEventListener("click", () => {
      if (!words) return;
      acts[name]();
      done();
    });
    return [name, button];
  });

  return {
    open(next) {
      words = next;
      for (const [name, button] of buttons) {
        button.setAttribute("aria-label", words[name]);
        button.title = words[name];
      }
    },
  };
}
