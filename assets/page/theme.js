// The switch between the light and the dark theme, in the header.
//
// In:  data.theme ("light" or "dark": the visible one), data.label (the switch's).
// Out: trigger "system" when the reader's system changes its theme: Streamlit's own parts follow by
//      themselves, the picture with the rerun that this causes.
//
// Streamlit reads a theme from the address when it starts, so the switch reloads the page with the
// address of the visible state: text, step and view stay.

import { alone } from "./panel.js";
import { join } from "./toolbar.js";

/** @type {Record<string, string>} */
const SIGNS = { light: "☾\uFE0E", dark: "☀\uFE0E" };
const SETTLED_MS = 100; // until Streamlit has changed its own theme

/** @import { ThemeData } from "../browser.js" */
/** @import { Component } from "./panel.js" */

/** @param {Component<ThemeData>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  if (!button) return undefined;
  const other = data.theme === "dark" ? "light" : "dark";
  button.textContent = SIGNS[data.theme];
  button.title = data.label;
  button.setAttribute("aria-label", data.label);
  join(button);
  button.onclick = () => {
    const query = new URLSearchParams(location.search);
    const options = query.getAll("embed_options").filter((each) => !/^(light|dark)_theme$/i.test(each));
    query.delete("embed_options");
    for (const each of [...options, `${other}_theme`]) query.append("embed_options", each);
    location.replace(`${location.pathname}?${query}${location.hash}`);
  };

  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => setTimeout(() => alone(() => setTriggerValue("system", system.matches)), SETTLED_MS);
  system.addEventListener("change", follow);
  return () => system.removeEventListener("change", follow);
}
