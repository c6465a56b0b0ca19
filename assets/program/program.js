// The program's text: value in, value out, marks in.
//
// In:  data.value and data.revision (the text is replaced when the revision changes, and only then,
//      so that typing, cursor and scroll survive every rerun; text typed meanwhile is merged with
//      the server's change), data.opened (a new number means another program, which begins a new
//      history), data.session (a new one means that the server knows only the address), data.kept
//      (the text in the address; any other is kept in this tab, so that a reload loses nothing),
//      data.ran (the text that the picture belongs to), data.run (number of the run), data.marks,
//      data.alert, data.language, data.labels, data.colours, data.editor and data.meanings
//      (addresses: the bundle of editor/editor.js, null if it was not built, and the names for
//      completion).
//      data.files (the files beside the program).
// Out: state "removed" = {id, name} when a file beside the program is to go.
//      State "edit" = {id, base, text, burst, paused} when the text must run: on request, and when
//      typing pauses, and no other panel's change is in flight (page/gate.js); data.taken is the id
//      of the last one that the server accepted. The texts of one burst of typing have its number.
//      A text that does not parse at a pause (data.read is false) is no error until it is run on
//      request. Window event "viz:stale" when text and picture part and meet again.
// Listens to window event "viz:step" {line, span, phase} for the place of the picture's step,
// "viz:drawn" {text, revision, opened} for the text of the picture that was just drawn,
// "viz:repair" {text} for an edit that another panel offers, and "viz:live" {text} for the text while a number of it is dragged; null ends that.

import { createEditor } from "./field.js";
import { element } from "../page/element.js";
import { dispatch, listen } from "../page/events.js";
import { createGate } from "../page/gate.js";
import { mount } from "../page/panel.js";
import { ofTab } from "../page/store.js";
import { merge } from "./merge.js";

/** @import { Alert, Live, Program, ProgramData, Removed, RepairOffer, Step, Wanted } from "../browser.js" */
/** @import { Component } from "../page/panel.js" */
/** @import { Names } from "./editor/complete.js" */

const PAUSE_MS = 1000; // ms between two keys that count as a pause

const DRAFT = "viz-draft";

/** @param {HTMLElement} root @param {Component<ProgramData>} first */
function createPanel(root, first) {
  const head = element("div", "viz-head", root);
  const label = element("h2", "viz-label", head);
  const status = element("span", "viz-status", head);
  const editor = createEditor(root, { onInput, onRun });
  const help = element("p", "viz-hidden", root);
  const files = element("ul", "viz-files", root);
  const alert = element("div", "viz-alert", root);
  help.id = "viz-program-help";
  alert.id = "viz-program-alert";
  alert.tabIndex = 0; // a long one scrolls, by keys too
  editor.area.setAttribute("aria-describedby", help.id);

  let { data, setStateValue: send } = first;
  let begun = false; // the first data has been shown
  /** @type {string | null} */
  let requested = null; // the text that is being run
  let id = Date.now(); // of that
  /** @type {{ paused: boolean } | null} */
  let waits = null; // {paused}: a text must run once the gate is free
  /** @type {string | null} */
  let lent = null; // the text of the picture of a drag, until another picture is drawn
  /** @type {string | null} */
  let ahead = null; // the text of a picture that arrived before our own data
  let since = 0;
  let clock = 0;
  /** @type {"ready" | "running" | "stale"} */
  let state = "ready";
  /** @type {Pick<Step, "span" | "phase"> & { line: number } | null} */
  let step = null;
  /** @type {number | null} */
  let index = null; // of the step whose line was brought into view
  let place = 0; // the frame that will show it
  let pause = 0; // the timer that ends when typing has paused
  let burst = -Date.now(); // below zero, unlike the numbers of drags
  let calm = false; // the running text was not requested: nothing moves while the visitor types
  /** @type {string | null} */
  let rich = null; // the address of the requested bundle

  /** @param {"ready" | "running" | "stale"} next */
  function show(next) {
    const words = data.labels;
    clearInterval(clock);
    if (next === "running") {
      since = performance.now();
      // After a second the elapsed time is shown.
      clock = setInterval(() => {
        const seconds = Math.floor((performance.now() - since) / 1000);
        if (seconds > 0) status.textContent = words.running_seconds.replace("{seconds}", String(seconds));
      }, 250);
    }
    status.textContent = { running: words.running, stale: words.edited, ready: words.run_hint }[next];
    status.dataset.state = next;
    // The lines of a changed text are not those of the picture.
    editor.setCurrent(next === "stale" ? null : step);
    if (next !== state) {
      state = next;
      dispatch("viz:stale", { state });
    }
  }

  function keep() {
    const text = editor.text();
    if (text === data.kept) ofTab()?.removeItem(DRAFT);
    else ofTab()?.setItem(DRAFT, JSON.stringify({ on: data.kept, text }));
  }

  // The text that was typed on top of the one that a new session knows.
  function draft() {
    const found = JSON.parse(ofTab()?.getItem(DRAFT) ?? "null");
    return found?.on === data.kept ? found.text : data.value;
  }

  /** @param {string} text */
  function onInput(text) {
    keep();
    clearTimeout(pause);
    const same = text === data.ran;
    if (!same && !editor.composing()) pause = setTimeout(onPause, PAUSE_MS);
    editor.setMarks(same && !unfinished() ? data.marks : []);
    if (requested === null && !waits) show(same ? answer() : "stale");
  }

  // The text did not parse at a pause: it is still being written.
  function unfinished() { return calm && !data.read; }

  /** @returns {"ready" | "stale"} */
  function answer() { return unfinished() ? "stale" : "ready"; }

  function onPause() {
    // One run at a time, and none of half a name.
    if (requested !== null || editor.choosing()) pause = setTimeout(onPause, PAUSE_MS);
    else if (editor.text() !== data.ran) run(editor.text(), true);
  }

  /** @param {string} text @param {boolean} asked */
  function onRun(text, asked) {
    clearTimeout(pause);
    // Leaving an unchanged field does nothing; a new request reruns a failure.
    if (text !== (requested ?? data.ran) || (asked && data.alert)) run(text, false);
    else if (calm) {
      calm = false;
      if (requested === null) showOutcome();
    }
    burst -= 1;
  }

  /** @param {string} text @param {boolean} paused */
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
    else showOutcome();
  });

  async function enrich() {
    if (rich === data.editor || !data.editor) return;
    rich = data.editor;
    /** @type {Promise<Names | null> | null} */
    let names = null;
    /** @param {string} address */
    const at = (address) => new URL(address, document.baseURI).href;
    const meanings = () => {
      names ??= fetch(at(data.meanings)).then((answer) => (answer.ok ? answer.json() : null));
      return names;
    };
    try {
      const { attach } = await import(at(rich));
      editor.enrich(attach, meanings);
    } catch (error) {
      // The text area works alone; a later visit tries again.
      console.info(`The editor did not load: ${error}`);
    }
  }

  /** @param {Step} detail */
  function onStep(detail) {
    const { line, span, phase } = detail;
    // A step that is reported again, after a run, does not move the text under the reader.
    const moved = detail.step !== index;
    index = detail.step;
    step = line ? { line, span, phase } : null;
    if (state === "stale") {
      // The picture may have arrived after a kept text was restored.
      dispatch("viz:stale", { state });
      return;
    }
    // In the next frame, when this step's changes are laid out: a line out of view is scrolled to,
    // which would force the layout at once.
    cancelAnimationFrame(place);
    place = requestAnimationFrame(() => {
      if (state === "stale") return;
      editor.setCurrent(step);
      if (step && moved && document.activeElement !== editor.area) editor.follow(step.line);
    });
  }

  /** @param {Live | null} live */
  function onLive(live) {
    if (requested !== null) return;
    lent = live?.text ?? null;
    editor.setText(lent ?? ahead ?? data.ran, false);
    editor.setMarks([]);
  }

  // The text changes with the picture. The picture of a control's change is drawn before our own
  // data arrives, or after: without this, the two would show different numbers in between.
  /** @param {Program | null} detail */
  function onDrawn(detail) {
    if (!begun || requested !== null || !detail || detail.revision < data.revision) return;
    const typed = editor.text() !== (lent ?? ahead ?? data.value);
    if (typed && detail.revision > data.revision) return; // our own data merged it with that
    const dragged = lent !== null;
    lent = null;
    if (typed) return;
    ahead = detail.revision > data.revision ? detail.text : null;
    if (editor.text() !== detail.text) editor.setText(detail.text, detail.opened !== data.opened);
    else if (!dragged) return;
    if (ahead === null) showOutcome();
    else editor.setMarks([]);
  }
  // An edit that mends something, unless other words have been typed since it was offered.
  /** @param {RepairOffer} offer */
  function onRepair({ text }) {
    if (editor.text() === data.ran) mend(text);
  }
  /** @param {string} text */
  function mend(text) {
    editor.setText(text, false);
    onRun(text, true);
    editor.area.focus();
  }
  const unlisten = listen({ "viz:step": onStep, "viz:live": onLive, "viz:drawn": onDrawn, "viz:repair": onRepair });

  // Python's and PyTorch's own words are folded away; an edit that fixes it is a button.
  /** @param {Alert | null} content */
  function showAlert(content) {
    const { place, sentence, message, hint, picture, repairs = [] } = content ?? {};
    const text = [place, sentence, message, hint, picture, ...repairs.map(({ label }) => label)].join("\n");
    alert.hidden = !content;
    root.toggleAttribute("data-alert", Boolean(content));
    if (!content) delete document.documentElement.dataset.vizAlert;
    if (alert.dataset.text === text) return; // not read out twice
    alert.dataset.text = text;
    // On a narrow page it is above the picture, but beside a text that is being written.
    if (content) document.documentElement.dataset.vizAlert = editor.area.matches(":focus") ? "beside" : "above";
    if (content) alert.setAttribute("role", "alert");
    else alert.removeAttribute("role");
    alert.replaceChildren();
    const failed = place && data.marks.length ? data.ran.split("\n")[data.marks[0].line - 1]?.trim() : "";
    if (place) element("strong", "", alert, place);
    if (failed) element("code", "viz-alert-line", alert, failed);
    for (const part of [sentence, hint]) if (part) element("span", "", alert, part);
    repairs.forEach((repair) => {
      const button = element("button", "viz-repair", alert, repair.label);
      button.type = "button";
      button.addEventListener("click", () => mend(repair.text));
    });
    if (message) {
      const own = element("details", "", alert);
      element("summary", "", own, data.labels.error_own);
      element("code", "", own, message);
    }
    if (picture) element("span", "viz-alert-picture", alert, picture);
  }

  // The list stays as it is while it is the same, and so does the focus in it.
  function showFiles() {
    const text = JSON.stringify([data.files, data.language]);
    if (files.dataset.text === text) return;
    files.dataset.text = text;
    files.setAttribute("aria-label", data.labels.files);
    files.hidden = data.files.length === 0;
    files.replaceChildren();
    for (const { name, size } of data.files) {
      const item = element("li", "", files);
      element("code", "", item, name);
      element("span", "", item, size);
      const button = element("button", "", item, "×");
      button.type = "button";
      button.title = data.labels.file_remove.replace("{name}", () => name);
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => send("removed", /** @type {Removed} */ ({ id: Date.now(), name })));
    }
  }

  // The outcome of the last run.
  function showOutcome() {
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
    /** @param {ProgramData} next @param {Component<ProgramData>} component */
    update(next, { setStateValue }) {
      const begins = !begun || data.session !== next.session;
      begun = true;
      const lost = begins && requested !== null; // requested from a server that is gone
      const fresh = begins || data.opened !== next.opened;
      const replaced = begins || data.revision !== next.revision;
      const taken = next.taken === id && (next.ran === requested || next.run !== data.run);
      const answered = replaced || (requested !== null && taken);
      const base = lent ?? ahead ?? data.value; // text typed since is the visitor's alone
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
      if (replaced && !fresh && data.read && lent === editor.text()) ahead = null;
      else if (replaced) {
        const text = begins ? draft() : fresh ? data.value : merge(base, data.value, editor.text());
        if (text !== editor.text() || (fresh && ahead !== null)) editor.setText(text, fresh);
        lent = ahead = null;
        if (fresh) index = null; // the same number is a step of another program
        if (fresh) waits = null;
      }
      showFiles();
      keep();
      if (answered) requested = null;
      showOutcome();
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
      unlisten();
    },
  };
}

export default mount(".viz-program", createPanel);
