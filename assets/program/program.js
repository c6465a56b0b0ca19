// The program's text: value in, value out, marks in.
//
// In:  data.value and data.revision (the text is replaced when the revision changes, and only
//      then, so that typing, cursor and scroll survive every rerun; what was typed meanwhile stays
//      beside what the server changed), data.opened (another one means
//      another program, which begins a history of its own), data.session (another one
//      means that the server knows no more than the address), data.kept (the text that the address
//      gives back; another one is kept in this tab, so that a reload loses nothing), data.ran (the
//      text that the picture belongs to), data.run (counts the runs), data.marks, data.alert,
//      data.language, data.labels, data.colours, data.editor and data.meanings (addresses: the
//      bundle of editor/editor.js, null if it was not built, and the names it completes).
// Out: state "edit" = {id, base, text, burst, paused} when the text is to be run: when it is asked
//      for, and when typing pauses, and no other panel's change is under way (page/gate.js); data.taken
//      is the id of the last that the server took. The texts of one burst of typing have its number.
//      What Python can't read yet at a pause (data.read is false) is no error until the text is asked
//      to run.
//      Window event "viz:stale" as text and picture part and meet again.
// Listens to window event "viz:step" {line, span, phase} for the place that the picture is at,
// "viz:drawn" {text, revision, opened} for the text of the picture that was just drawn, and "viz:live"
// {text} for the text while a number of it is dragged; null ends that.

import { createEditor, element } from "./field.js";
import { hear, say } from "../page/events.js";
import { createGate } from "../page/gate.js";
import { mount } from "../page/panel.js";
import { merge } from "./merge.js";

/** @import { ProgramData, Step, Wanted } from "../browser.js" */

const PAUSE_MS = 1000; // between two keys, it is taken for the end of a thought

// A browser that blocks a frame's storage raises at the first touch: then nothing is kept.
function storage() {
  try { return window.sessionStorage; } catch { return null; }
}

const DRAFT = "viz-draft";

function createPanel(root) {
  const head = element("div", "viz-head", root);
  const label = element("h2", "viz-label", head);
  const status = element("span", "viz-status", head);
  const editor = createEditor(root, { onInput, onRun });
  const help = element("p", "viz-hidden", root);
  const alert = element("div", "viz-alert", root);
  help.id = "viz-program-help";
  alert.id = "viz-program-alert";
  alert.tabIndex = 0; // a long one scrolls, by keys too
  editor.area.setAttribute("aria-describedby", help.id);

  /** @type {ProgramData | null} */
  let data = null;
  let send = null;
  let requested = null; // the text that is being run
  let id = Date.now(); // of that
  let waits = null; // {paused}: a text is to be run when it is our turn
  let lent = null; // the text of the picture of a drag, until another picture is drawn
  let ahead = null; // the text of a picture that came before our own data
  let since = 0;
  let clock = 0;
  /** @type {"ready" | "running" | "stale"} */
  let state = "ready";
  let step = null;
  let index = null; // of the step whose line was brought into view
  let place = 0; // the frame that will show it
  let pause = 0; // the timer that ends when typing has paused
  let burst = -Date.now(); // below zero, unlike the numbers of drags
  let calm = false; // what runs was not asked for: nothing moves under the hands
  let rich = null; // the address of the bundle that was asked for

  function show(next) {
    const words = data.labels;
    clearInterval(clock);
    if (next === "running") {
      since = performance.now();
      // Anything over a second shows how long it has taken.
      clock = setInterval(() => {
        const seconds = Math.floor((performance.now() - since) / 1000);
        if (seconds > 0) status.textContent = words.running_seconds.replace("{seconds}", String(seconds));
      }, 250);
    }
    status.textContent = { running: words.running, stale: words.edited, ready: words.run_hint }[next];
    status.dataset.state = next;
    // Lines of a text that was changed are not the lines of the picture.
    editor.setCurrent(next === "stale" ? null : step);
    if (next !== state) {
      state = next;
      say("viz:stale", { state });
    }
  }

  function keep() {
    const text = editor.text();
    if (text === data.kept) storage()?.removeItem(DRAFT);
    else storage()?.setItem(DRAFT, JSON.stringify({ on: data.kept, text }));
  }

  // The text that was typed on top of the one that a new session knows.
  function draft() {
    const found = JSON.parse(storage()?.getItem(DRAFT) ?? "null");
    return found?.on === data.kept ? found.text : data.value;
  }

  function onInput(text) {
    keep();
    clearTimeout(pause);
    const same = text === data.ran;
    if (!same && !editor.composing()) pause = setTimeout(onPause, PAUSE_MS);
    editor.setMarks(same && !unfinished() ? data.marks : []);
    if (requested === null && !waits) show(same ? answer() : "stale");
  }

  // Python could not read what stood there at a pause: it is still being written.
  function unfinished() { return calm && !data.read; }

  function answer() { return unfinished() ? "stale" : "ready"; }

  function onPause() {
    // One run at a time, and none of half a name.
    if (requested !== null || editor.choosing()) pause = setTimeout(onPause, PAUSE_MS);
    else if (editor.text() !== data.ran) run(editor.text(), true);
  }

  function onRun(text, asked) {
    clearTimeout(pause);
    // Leaving an unchanged field does nothing; asking again runs again what failed.
    if (text !== (requested ?? data.ran) || (asked && data.alert)) run(text, false);
    else if (calm) {
      calm = false;
      if (requested === null) tell();
    }
    burst -= 1;
  }

  function run(text, paused) {
    calm = paused;
    show("running");
    waits = gate.take() ? null : { paused };
    if (waits) return;
    requested = text;
    send("edit", /** @type {Wanted} */ ({ id: ++id, base: data.revision, text, burst, paused }));
  }

  const gate = createGate("program", () => {
    if (!waits || requested !== null) return;
    const { paused } = waits;
    waits = null;
    if (editor.text() !== data.ran || (!paused && data.alert)) run(editor.text(), paused);
    else tell();
  });

  async function enrich() {
    if (rich === data.editor || !data.editor) return;
    rich = data.editor;
    let names = null;
    const at = (address) => new URL(address, document.baseURI).href;
    const meanings = () => {
      names ??= fetch(at(data.meanings)).then((answer) => (answer.ok ? answer.json() : null));
      return names;
    };
    try {
      const { lay } = await import(at(rich));
      editor.enrich(lay, meanings);
    } catch (error) {
      // The text area serves; a later visit tries again.
      console.info(`The editor did not load: ${error}`);
    }
  }

  function onStep(detail) {
    const { line, span, phase } = detail;
    // A step that is told again, after a run, does not move the text under the reader.
    const moved = detail.step !== index;
    index = detail.step;
    step = line ? { line, span, phase } : null;
    if (state === "stale") {
      // The picture may have come after a kept text was put back.
      say("viz:stale", { state });
      return;
    }
    // In the next frame, when what this step has changed so far is laid out: a line out of sight
    // is scrolled to, which would do that at once.
    cancelAnimationFrame(place);
    place = requestAnimationFrame(() => {
      if (state === "stale") return;
      editor.setCurrent(step);
      if (step && moved && document.activeElement !== editor.area) editor.follow(step.line);
    });
  }

  function onLive(live) {
    if (requested !== null) return;
    lent = live?.text ?? null;
    editor.setText(lent ?? ahead ?? data.ran, false);
    editor.setMarks([]);
  }

  // The text goes with the picture. That of a control's change is drawn before our own data comes,
  // or after: the two would be of two numbers for as long as that takes.
  function onDrawn(detail) {
    if (!data || requested !== null || !(detail?.revision >= data.revision)) return;
    const typed = editor.text() !== (lent ?? ahead ?? data.value);
    if (typed && detail.revision > data.revision) return; // our own data put it beside that
    const dragged = lent !== null;
    lent = null;
    if (typed) return;
    ahead = detail.revision > data.revision ? detail.text : null;
    if (editor.text() !== detail.text) editor.setText(detail.text, detail.opened !== data.opened);
    else if (!dragged) return;
    if (ahead === null) tell();
    else editor.setMarks([]);
  }
  const deaf = hear({ "viz:step": onStep, "viz:live": onLive, "viz:drawn": onDrawn });

  function showAlert(content) {
    const parts = content ? [["strong", content.place], ["span", content.sentence],
      ["code", content.message], ["span", content.hint], ["span", content.picture]] : [];
    const text = parts.map(([, part]) => part ?? "").join("\n");
    alert.hidden = !content;
    root.toggleAttribute("data-alert", Boolean(content));
    if (alert.dataset.text === text) return; // not read out twice
    alert.dataset.text = text;
    if (content) alert.setAttribute("role", "alert");
    else alert.removeAttribute("role");
    alert.replaceChildren(...parts.filter(([, part]) => part).map(([tag, part]) => {
      const made = element(tag);
      made.textContent = part;
      return made;
    }));
  }

  // What the last run came to.
  function tell() {
    const same = editor.text() === (lent ?? data.ran);
    const marks = unfinished() || lent !== null ? [] : data.marks;
    showAlert(unfinished() ? null : data.alert);
    editor.area.setAttribute("aria-invalid", String(marks.length > 0));
    if (marks.length) editor.area.setAttribute("aria-errormessage", alert.id);
    else editor.area.removeAttribute("aria-errormessage");
    editor.setMarks(same ? marks : []);
    show(requested !== null || waits ? "running" : same ? answer() : "stale");
  }

  return {
    update(next, { setStateValue }) {
      const begins = data?.session !== next.session;
      const lost = begins && requested !== null; // asked of a server that is gone
      const fresh = begins || data.opened !== next.opened;
      const replaced = begins || data.revision !== next.revision;
      const taken = next.taken === id && (next.ran === requested || next.run !== data.run);
      const answered = replaced || (requested !== null && taken);
      const base = lent ?? ahead ?? data?.value; // what was typed since is the visitor's alone
      data = next;
      send = setStateValue;
      const words = data.labels;
      document.documentElement.lang = data.language;
      label.textContent = words.program;
      help.textContent = words.program_help;
      for (const [part, colour] of Object.entries(data.colours)) {
        root.style.setProperty(`--viz-code-${part}`, colour);
      }
      editor.area.setAttribute("aria-label", words.program);
      // A drag's text stays as long as its picture, unless there will be no other.
      if (replaced && !fresh && data.read && lent === editor.text()) ahead = index = null;
      else if (replaced) {
        const text = begins ? draft() : fresh ? data.value : merge(base, data.value, editor.text());
        if (text !== editor.text() || (fresh && ahead !== null)) editor.setText(text, fresh);
        lent = ahead = index = null;
        if (fresh) waits = null;
      }
      keep();
      if (answered) requested = null;
      tell();
      gate.know(data, answered);
      if (lost && editor.text() !== data.ran) pause = setTimeout(onPause, PAUSE_MS);
      if (document.activeElement === editor.area && calm) editor.revealCaret();
      else if (answered && editor.text() === data.ran && data.marks.length) editor.reveal(data.marks[0].line);
      enrich();
    },
    end() {
      gate.end();
      clearInterval(clock);
      clearTimeout(pause);
      cancelAnimationFrame(place);
      editor.end();
      deaf();
    },
  };
}

export default mount(".viz-program", createPanel);
