// A page in a room: it follows the teacher's program and step, or leads the room.
//
// In:  data.code (of the room, or null), data.secret (if this session leads it), data.shown (the
//      page's program as a room names it), data.link and data.qr (into the room), data.session,
//      data.labels.
// Out: state "lead" = {code, secret} when this browser has opened the room; state "left" = the code
//      of a room that was left or ended.
// Listens to window events "viz:step", "viz:view", "viz:goal" and "viz:drawn"; sends "viz:goto". The room's own
// events come from the server (viz_app/page/server/rooms.py), without a rerun.

import { element } from "./element.js";
import { dispatch, listen } from "./events.js";
import { mount } from "./panel.js";
import { createQuestion } from "./question.js";
import { lasting, ofTab } from "./store.js";
import { fill } from "./words.js";

/** @import { Asked, GoalStands, RoomData, RoomState } from "../browser.js" */
/** @import { Component } from "./panel.js" */

const STEP_MS = 120; // between two steps sent to the room
const READY_MS = 50; // between two looks whether the page is complete
const AGAIN_MS = 2_000; // until a broken connection is tried again
const CLAIM_MS = 6_000; // until the secret is shown again
const MOST_CLAIMS = 10;
const REACHED = "reached"; // viz_app/page/server/rooms.py
const KEPT = "viz-room"; // in the browser's storage: the room that it opened last
const HERE = "viz-room-page"; // in the tab's: its name in its room, and whether it looks around
const STEPS = ["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", " "];
const OWN = ".viz-transport, .viz-passes, .viz-health, .viz-inputs, .viz-ideas, .viz-lesson";

/** @param {string} code @returns {string | null} */
function secretOf(code) {
  try { return JSON.parse(lasting()?.getItem(KEPT) ?? "{}")[code] ?? null; } catch { return null; }
}

/** @param {string} code @param {string} secret */
function keep(code, secret) {
  try { lasting()?.setItem(KEPT, JSON.stringify({ [code]: secret })); } catch { /* not after a reload */ }
}

// A page that is loaded again answers under its name of before, else it would count twice, and does not
// lose what it looked at on its own.
/** @param {string | null} code @returns {{ page?: string, exploring?: boolean }} */
function before(code) {
  try { return JSON.parse(ofTab()?.getItem(HERE) ?? "{}")[code ?? ""] ?? {}; } catch { return {}; }
}

/** @param {string} code @param {string} page @param {boolean} exploring */
function keepHere(code, page, exploring) {
  try { ofTab()?.setItem(HERE, JSON.stringify({ [code]: { page, exploring } })); } catch { /* a new page after a reload */ }
}

// The address of the room's program, for a page that follows: everything else stays its own.
/** @param {string} search @param {string} query @param {number | null} step */
export function followed(search, query, step) {
  const next = new URLSearchParams(search);
  for (const name of ["lesson", "toml", "code", "groups", "turn", "step", "node", "view"]) next.delete(name);
  const asked = new URLSearchParams(query);
  if (step !== null) asked.set("step", String(step));
  for (const [name, value] of next) asked.append(name, value);
  return `?${asked}`;
}

// Panels that appear report to the server; a request in the same moment would be taken for theirs.
const shown = () => ["vizPrinted", "vizExplain"].every((name) => name in document.documentElement.dataset);

/** @param {HTMLElement} root @param {Component<RoomData>} first */
function createRoom(root, first) {
  let { data } = first;
  /** @type {RoomState | null} */
  let state = null; // with the whole program
  let { setStateValue: send } = first;
  /** @type {EventSource | null} */
  let stream = null;
  let connected = ""; // the room and the part in it that the stream is of
  let { page = "", exploring = false } = before(data.code); // the name under which it answers
  let over = false; // the room has ended
  let full = false; // there is no place in it
  let claimed = ""; // the session that was shown the secret
  let asked = ""; // the program that was asked for
  /** @type {number | null} */
  let at = null; // the page's own step
  /** @type {string | null} */
  let node = null; // the page's own selection
  /** @type {string | null} */
  let led = null; // the teacher's, as last shown
  let accepted = false; // its answer to the present question has arrived
  let sending = 0;
  let waits = 0;
  let again = 0;
  let claiming = 0;
  let claims = 0;
  let mine = false; // a step of this page's own has not reached the room yet
  /** @type {Asked | null} */
  let upcoming = null; // the question about the step that comes next
  /** @type {Asked | null} */
  let own = null; // the page's own form of the room's question about a step
  /** @type {GoalStands | null} */
  let goal = null; // of the lesson
  let reaching = false; // the answer that the goal is reached is under way
  let shows = false; // a second code that nobody has used
  let devices = 0; // that led when it was asked for

  root.setAttribute("role", "region");
  const code = element("span", "viz-room-code", root);
  const status = element("p", "", root);
  status.setAttribute("role", "status");
  /** @param {() => void} act */
  const button = (act) => {
    const made = element("button", "", root);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  const back = button(() => { exploring = false; remember(); connect(); follow(); refresh(); });
  back.className = "viz-room-first";
  const away = button(explore);
  const codeButton = button(() => open.showModal());
  const ask = button(() => question.open());
  const leave = button(() => {
    if (data.secret && !over && !confirm(data.labels.sure)) return;
    if (data.code) keepHere(data.code, page, false);
    send("left", data.code);
  });
  const question = createQuestion(root, {
    ask: (text, choices) => request("ask", [["text", text], ...choices.map((choice) => ["choice", choice])]),
    step: ({ step, text }) => request("ask", [["about", "step"], ["step", String(step)], ["text", text]]),
    goal: ({ text }) => request("ask", [["about", "goal"], ["text", text]]),
    reveal: () => request("reveal", []),
    answer,
  });
  /** @param {number} number @param {string} text */
  async function answer(number, text) {
    accepted = Boolean((await request("answer", [["number", String(number)], ["text", text]]))?.ok);
    refresh();
  }
  const open = element("dialog", "viz-room-dialog", root);
  const invited = element("p", "", open);
  const large = element("strong", "viz-room-code", open);
  const image = element("img", "", open);
  const address = element("a", "", open);
  const more = element("button", "", open);
  more.type = "button";
  more.addEventListener("click", async () => {
    devices = state?.devices ?? 0;
    const answer = await request("second", []);
    const text = answer?.ok ? await answer.text() : "";
    if (!open.open) return;
    shows = Boolean(text);
    second.textContent = text ? fill(data.labels.second_code, { code: text }) : data.labels.second_away;
  });
  const second = element("p", "viz-room-second", open);
  second.setAttribute("role", "status");
  const close = element("button", "", open);
  close.type = "button";
  close.addEventListener("click", () => open.close());
  open.addEventListener("close", () => { second.textContent = ""; shows = false; }); // for the teacher's eyes
  open.addEventListener("click", (event) => { if (event.target === open) open.close(); });
  open.addEventListener("keydown", (event) => event.stopPropagation());

  // A code that was used is good for nobody else, and leaves the projector by itself.
  function used() {
    if (!shows || (state?.devices ?? 0) <= devices) return;
    shows = false;
    second.textContent = data.labels.second_used;
  }

  const remember = () => { if (data.code) keepHere(data.code, page, exploring); };
  const leads = () => Boolean(data.secret);

  function refresh() {
    const words = data.labels;
    root.hidden = !data.code;
    document.documentElement.toggleAttribute("data-viz-room", Boolean(data.code));
    if (!data.code) return;
    root.setAttribute("aria-label", fill(words.room, { code: data.code }));
    code.textContent = data.code;
    const count = state?.followers ?? 0;
    status.textContent = over ? words.over
      : leads() ? (data.shown ? fill(words.leading, { count }) : words.too_long)
        : exploring ? words.exploring : full ? words.full : state ? words.following : words.connecting;
    back.textContent = words.back;
    back.hidden = over || leads() || !exploring;
    away.textContent = words.explore;
    away.hidden = over || leads() || exploring;
    codeButton.textContent = words.show_code;
    codeButton.hidden = over || !leads();
    leave.textContent = leads() && !over ? words.end : words.leave;
    invited.textContent = words.invited;
    large.textContent = data.code;
    address.textContent = data.link;
    address.href = data.link;
    image.hidden = !data.qr;
    if (data.qr) image.src = data.qr;
    image.alt = words.qr;
    more.textContent = words.second;
    close.textContent = words.close;
    ask.textContent = words.ask;
    ask.hidden = over || !leads() || Boolean(state?.question);
    question.offer(upcoming, goal, words);
    question.update(over ? null : state?.question ?? null, words, leads(), accepted, own, theirs());
  }

  // The goal of the room's lesson, as this page shows it, in the page's own language.
  /** @param {string} query */
  const lessonOf = (query) => new URLSearchParams(query).get("lesson");
  const theirs = () => (state && lessonOf(state.query) === lessonOf(data.shown) ? goal : null);

  // A question about a step is the picture's own, in the page's own language, from the moment at
  // which the page is there. One about the goal is answered by reaching it.
  function know() {
    const asked = state?.question;
    if (!asked || asked.about !== "step") own = null;
    else if (upcoming?.step === asked.step && state?.query === data.shown) own = upcoming;
    else if (own?.step !== asked.step) own = null;
    const reached = asked?.about === "goal" && theirs()?.reached && !leads() && !asked.tallies;
    if (!reached || accepted || reaching || !page) return;
    reaching = true;
    answer(asked.number, REACHED).finally(() => { reaching = false; });
  }

  // To the room: of its teacher by the secret, of a page by its name.
  /** @param {string} what @param {string[][]} given */
  function request(what, given) {
    /** @type {Record<string, string>} */
    const headers = data.secret ? { "Viz-Secret": data.secret } : { "Viz-Page": page };
    return fetch(new URL(`room/${data.code}/${what}?${new URLSearchParams(given)}`, document.baseURI), { headers })
      .catch(() => null); // away: a step is sent again, anything else must be pressed again
  }

  // The teacher's program and step, in a page that follows.
  function follow() {
    if (!state || over || exploring || (leads() && (mine || !state.by || state.by === data.me))) return;
    if (state.query !== data.shown) {
      if (asked === state.query || waits) return; // under way
      waits = setTimeout(() => {
        waits = 0;
        if (!data.code || exploring || over || !state || state.query === data.shown) return;
        if (!shown()) { follow(); return; }
        asked = state.query;
        history.replaceState(history.state, "", followed(location.search, state.query, state.step));
        window.dispatchEvent(new PopStateEvent("popstate"));
      }, READY_MS);
      return;
    }
    asked = "";
    if (state.step !== null && state.step !== at) dispatch("viz:goto", { step: state.step });
    if (state.node !== led) dispatch("viz:goto", { node: led = state.node });
  }

  // The page's own step, to the room that it leads.
  function lead() {
    sending = 0;
    if (!leads() || !state || state.query !== data.shown || at === null || over) return;
    if (state.step === at && state.node === node) { mine = false; return; }
    if (!mine && state.by && state.by !== data.me) return; // another device of the teacher's leads
    mine = false;
    request("step", [["program", String(state.program)], ["step", String(at)], ...(node ? [["node", node]] : [])])
      .then((answer) => { if (root.isConnected && (answer?.status ?? 500) >= 500) sending ||= setTimeout(lead, AGAIN_MS); });
  }
  // A step or choice of this page's own, and not one that it follows.
  function moved() {
    if (!leads()) return;
    if (state && state.query === data.shown && (at !== state.step || node !== state.node)) mine = true;
    soon();
  }
  function soon() { sending ||= setTimeout(lead, STEP_MS); }

  function connect() {
    const role = leads() ? "lead" : exploring ? "explore" : "follow";
    const part = data.code && !over ? `${data.code} ${role}` : "";
    if (part === connected && (stream || !part)) return;
    disconnect();
    connected = part;
    if (!part) return;
    const place = new URL(`room/${data.code}/events?${new URLSearchParams({ role, page })}`, document.baseURI);
    const source = new EventSource(place);
    stream = source;
    source.onmessage = ({ data: sent }) => {
      const next = /** @type {RoomState} */ (JSON.parse(sent));
      if (next.question?.number !== state?.question?.number) accepted = false;
      state = { ...next, query: next.query || state?.query || "" };
      if (next.page && next.page !== page) { page = next.page; remember(); }
      full = false;
      over = state.ended;
      if (over) disconnect();
      used();
      follow();
      know();
      if (leads()) soon();
      refresh();
    };
    // A refusal ends the stream for good; a broken one the browser opens again by itself.
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED || stream !== source) return;
      disconnect();
      if (again) return;
      again = setTimeout(async () => {
        again = 0;
        const answer = await fetch(place).catch(() => null); // an EventSource does not say why it ended
        answer?.body?.cancel();
        if (!data.code) return;
        over = answer?.status === 404;
        full = answer?.status === 429; // anything else passes: a server that ends, a state that is away
        connect();
        refresh();
      }, AGAIN_MS);
    };
  }

  function disconnect() {
    stream?.close();
    stream = null;
    connected = "";
  }

  // Shows the secret to this session; again until it is acknowledged, as when rooms can't be reached.
  function claim() {
    const secret = data.code && !over && !data.secret ? secretOf(data.code) : null;
    if (!secret || claims >= MOST_CLAIMS) return;
    claims += 1;
    send("lead", { code: data.code, secret, count: claims });
    claiming = setTimeout(claim, CLAIM_MS);
  }

  function explore() {
    if (!data.code || leads() || over || exploring) return;
    exploring = true;
    remember();
    connect();
    refresh();
  }

  // A pupil who steps, types or changes a number looks around: the teacher does not pull them back.
  /** @param {Event} event */
  const touched = (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!event.isTrusted || !target || root.contains(target)) return;
    if (event instanceof KeyboardEvent && event.type === "keydown") {
      if (STEPS.includes(event.key) && !target.closest("input, textarea, select, button, dialog")) explore();
    } else if (event.type === "input" ? target.closest(".viz-root, .viz-program, .viz-inputs") : target.closest(OWN)) explore();
  };
  const touches = ["keydown", "click", "input"];
  for (const name of touches) document.addEventListener(name, touched, true);

  const unlisten = listen({
    "viz:step": ({ step, next }) => { at = step; upcoming = next; know(); refresh(); moved(); },
    "viz:goal": (stands) => { goal = stands; know(); refresh(); },
    "viz:view": (view) => { node = view.node; moved(); },
    "viz:drawn": (drawn) => { if (drawn) follow(); },
  });

  return {
    /** @param {RoomData} next @param {Component<RoomData>} component */
    update(next, { setStateValue }) {
      send = setStateValue;
      const other = data.code !== next.code;
      const changed = !other && data.shown !== next.shown;
      data = next;
      if (other) {
        state = led = own = null;
        over = full = accepted = mine = false;
        second.textContent = "";
        shows = false;
        asked = "";
        ({ page = "", exploring = false } = before(data.code));
      }
      const secret = data.code ? secretOf(data.code) : null;
      if (data.code && data.secret) {
        exploring = false;
        if (secret === null && !over) open.showModal(); // it was opened just now
        keep(data.code, data.secret);
      } else if (secret && !over && claimed !== data.session) {
        claimed = data.session;
        claims = 0;
        // By itself: Streamlit wants the requests of several panels one after the other.
        setTimeout(claim);
      }
      // Another lesson or text of one's own, not the teacher's.
      if (changed && !leads() && state && data.shown !== state.query && data.shown !== asked) explore();
      connect();
      refresh();
      follow();
      if (leads()) soon();
    },
    end() {
      disconnect();
      clearTimeout(sending);
      clearTimeout(waits);
      clearTimeout(again);
      clearTimeout(claiming);
      for (const name of touches) document.removeEventListener(name, touched, true);
      unlisten();
      data = { ...data, code: null }; // what comes later finds no room
      document.documentElement.removeAttribute("data-viz-room");
    },
  };
}

export default mount(".viz-room", createRoom);
