// The address bar follows the visible state, so that a reload, another server and a colleague find
// it.
//
// In:  data.query (the parameters of the program and the language), data.act (number of the
//      visitor's changes of the program: each is an entry of the browser's history), data.went
//      (number of answered moves back or forward), data.session (owner of these numbers),
//      data.theme
//      (the visible one: it is in the address if the reader's own system would show another),
//      data.away (the sentence that is shown while the server does not answer).
// Out: state "went" = {query, count} when the browser goes back or forward, and when a new session
//      answers a page that is already open (the server was restarted). State "back" counts the
//      reconnections: requests made meanwhile were lost, and go with this rerun.
// Listens to window event "viz:view" {step, speed, node, view, colour, names, constants, predict, present,
// playing}; null is the default.

import { createAway } from "./away.js";
import { listen } from "./events.js";
import { mount } from "./panel.js";

/** @import { AddressData, View, Went } from "../browser.js" */
/** @import { Component } from "./panel.js" */

const SEEN = ["step", "speed", "node", "view", "colour", "names", "constants", "predict", "present"]; // known to the browser only
const OURS = ["lesson", "toml", "code", "lang", "groups", "turn", "room", ...SEEN];
const THEME_MS = 1000; // until the page has followed the reader's system
const REST_MS = 300; // browsers refuse more than about ten changes of the address per second

/** @param {HTMLElement} _root @param {Component<AddressData>} first */
function createAddress(_root, first) {
  let { data, setStateValue: send } = first;
  let begun = false; // the first data has been written
  let ended = false;
  /** @type {View | null} */
  let view = null;
  let count = 0;
  let waiting = false; // the address is ahead of the server: it must not be overwritten
  let timer = 0;
  let written = 0;

  function wanted() {
    const present = new URLSearchParams(location.search);
    const next = new URLSearchParams(data.query);
    for (const name of SEEN) {
      const value = view ? view[/** @type {keyof View} */ (name)] : present.get(name);
      if (value !== null) next.set(name, String(value));
    }
    const framed = present.get("embed") === "true";
    /** @param {string} name @param {string} value */
    const ours = (name, value) => OURS.includes(name)
      || (!framed && name === "embed_options" && /^(light|dark)_theme$/.test(value));
    for (const [name, value] of present) if (!ours(name, value)) next.append(name, value);
    const system = dark.matches ? "dark" : "light";
    if (!framed && data.theme !== system) next.append("embed_options", `${data.theme}_theme`);
    const search = next.toString();
    return `${location.pathname}${search ? `?${search}` : ""}${location.hash}`;
  }

  function write(push = false) {
    clearTimeout(timer);
    timer = 0;
    if (ended || !begun || waiting) return;
    const next = wanted();
    if (next === `${location.pathname}${location.search}${location.hash}`) return;
    written = performance.now();
    if (push) history.pushState({}, "", next);
    else history.replaceState(history.state, "", next);
  }

  /** @param {View} detail */
  function onView(detail) {
    view = detail;
    if (detail.playing) return;
    const wait = written + REST_MS - performance.now();
    if (wait <= 0) write();
    else if (!timer) timer = setTimeout(write, wait);
  }

  function reportQuery() {
    clearTimeout(timer);
    timer = 0;
    waiting = true;
    view = null;
    count += 1;
    send("went", /** @type {Went} */ ({ query: location.search, count }));
  }

  // The system's theme changed: check again if ours must be in the address.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const onSystem = () => setTimeout(() => write(), THEME_MS);

  let backs = 0;
  const away = createAway(document.querySelector("[data-testid=stApp]"), () => send("back", backs += 1));

  dark.addEventListener("change", onSystem);
  const unlisten = listen({ "viz:view": onView });
  window.addEventListener("popstate", reportQuery);

  return {
    /** @param {AddressData} next @param {Component<AddressData>} component */
    update(next, { setStateValue }) {
      const other = begun && data.session !== next.session;
      const acted = begun && !other && data.act !== next.act;
      send = setStateValue;
      data = next;
      begun = true;
      away.label(data.away);
      if (other) reportQuery();
      else if (waiting && next.went === count) waiting = false;
      write(acted);
    },
    end() {
      clearTimeout(timer);
      ended = true;
      away.end();
      dark.removeEventListener("change", onSystem);
      unlisten();
      window.removeEventListener("popstate", reportQuery);
    },
  };
}

export default mount(".viz-address", createAddress);
