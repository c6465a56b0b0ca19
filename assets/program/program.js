// The program's text: value in, value out, marks in.
//
// In:  data.value and data.revision (the text is replaced when the revision changes, and only
//      then, so that typing, cursor and scroll survive every rerun), data.session (another one
//      means that the server knows no more than the address), data.kept (the text that the address
//      gives back; another one is kept in this tab, so that a reload loses nothing), data.ran (the text that the
//      picture belongs to), data.run (counts the runs), data.marks, data.alert, data.language, data.labels.
// Out: state "edit" = {text, run} when the text is to be run, window event "viz:stale" as text
//      and picture part and meet again.
// Listens to window event "viz:step" {line, phase} for the line that the picture is at.

const LINE = 20; // px, as --line in program.css
const PADDING = 8; // px, as --padding in program.css
const INDENT = 4;

function element(tag, className, parent) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  parent?.append(made);
  return made;
}

// A plain editor: what a richer one must offer too.
function createEditor(host, { onInput, onRun }) {
  const frame = element("div", "viz-editor", host);
  const gutter = element("div", "viz-gutter", frame);
  gutter.setAttribute("aria-hidden", "true");
  const numbers = element("div", "viz-numbers", gutter);
  const field = element("div", "viz-field", frame);
  const bars = element("div", "viz-bars", field);
  bars.setAttribute("aria-hidden", "true");
  const area = element("textarea", "", field);
  for (const [name, value] of Object.entries({
    spellcheck: "false", autocomplete: "off", autocapitalize: "off", autocorrect: "off", wrap: "off",
  })) area.setAttribute(name, value);

  let leaving = false; // Escape was pressed: the next Tab moves on
  let lines = 0;
  let marks = [];
  let current = null;

  function scrolled() {
    numbers.style.transform = `translateY(${-area.scrollTop}px)`;
    bars.style.transform = `translateY(${-area.scrollTop}px)`;
  }

  function draw() {
    const count = area.value.split("\n").length;
    if (count !== lines) {
      lines = count;
      numbers.replaceChildren(...Array.from({ length: count }, (_, index) => {
        const number = element("div");
        number.textContent = String(index + 1);
        return number;
      }));
    }
    const shown = marks.map((mark) => ({ ...mark, className: `viz-bar viz-${mark.kind}` }));
    if (current) shown.unshift({ ...current, className: `viz-bar viz-current viz-${current.phase}` });
    bars.replaceChildren(...shown.map((mark) => {
      const bar = element("div", mark.className);
      bar.style.top = `${PADDING + (mark.line - 1) * LINE}px`;
      bar.dataset.line = String(mark.line);
      return bar;
    }));
    for (const [index, number] of [...numbers.children].entries()) {
      number.className = marks.some((mark) => mark.line === index + 1) ? "viz-marked" : "";
    }
    scrolled();
  }

  function reveal(line) {
    const top = PADDING + (line - 1) * LINE;
    const inside = top >= area.scrollTop + LINE && top + 2 * LINE <= area.scrollTop + area.clientHeight;
    if (!inside) area.scrollTop = Math.max(0, top - area.clientHeight / 2 + LINE);
    scrolled();
  }

  // insertText keeps the browser's own undo history; setRangeText would end it.
  function insert(text) {
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    }
  }

  area.addEventListener("input", () => { draw(); onInput(area.value); });
  area.addEventListener("scroll", scrolled);
  area.addEventListener("blur", () => { leaving = false; onRun(area.value, false); });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const line = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
    if (event.key === "Escape") {
      leaving = true;
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onRun(area.value, true);
    } else if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      insert(" ".repeat(INDENT - (line.length % INDENT)));
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      const indent = line.match(/^[ \t]*/)[0];
      insert(`\n${indent}${line.trimEnd().endsWith(":") ? " ".repeat(INDENT) : ""}`);
    } else if (event.key !== "Tab" && event.key !== "Shift") {
      leaving = false;
    }
  });

  return {
    area,
    text: () => area.value,
    setText(text) {
      // A text that mostly stays, as after a changed number, is not scrolled away from the reader.
      const near = Math.abs(text.split("\n").length - area.value.split("\n").length) <= 2;
      const top = near ? area.scrollTop : 0;
      area.value = text;
      area.setSelectionRange(0, 0);
      area.scrollTop = top;
      draw();
    },
    setMarks(next) { marks = next; draw(); },
    setCurrent(next) { current = next; draw(); },
    reveal,
  };
}

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
  editor.area.setAttribute("aria-describedby", help.id);

  let data = null;
  let send = null;
  let requested = null; // the text that is being run
  let since = 0;
  let clock = 0;
  let state = "ready";
  let step = null;
  let index = null; // of the step whose line was brought into view

  function show(next) {
    const words = data.labels;
    clearInterval(clock);
    if (next === "running") {
      since = performance.now();
      // Anything over a second shows how long it has taken.
      clock = setInterval(() => {
        const seconds = Math.floor((performance.now() - since) / 1000);
        if (seconds > 0) status.textContent = words.running_seconds.replace("{seconds}", seconds);
      }, 250);
    }
    status.textContent = { running: words.running, stale: words.edited, ready: words.run_hint }[next];
    status.dataset.state = next;
    // Lines of a text that was changed are not the lines of the picture.
    editor.setCurrent(next === "stale" ? null : step);
    if (next !== state) {
      state = next;
      window.dispatchEvent(new CustomEvent("viz:stale", { detail: { state } }));
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
    editor.setMarks([]);
    if (requested === null) show(text === data.ran ? "ready" : "stale");
    if (text === data.ran) editor.setMarks(data.marks);
  }

  function onRun(text, asked) {
    // Leaving an unchanged field does nothing; asking again runs again what failed.
    if (text === (requested ?? data.ran) && !(asked && data.alert)) return;
    requested = text;
    show("running");
    send("edit", { text, run: data.run + 1 });
  }

  function onStep(event) {
    const { line, phase } = event.detail;
    // A step that is told again, after a run, does not move the text under the reader.
    const moved = event.detail.index !== index;
    index = event.detail.index;
    step = line ? { line, phase: phase ?? "forward" } : null;
    if (state === "stale") {
      // The picture may have come after a kept text was put back.
      window.dispatchEvent(new CustomEvent("viz:stale", { detail: { state } }));
      return;
    }
    editor.setCurrent(step);
    if (step && moved && document.activeElement !== editor.area) editor.reveal(step.line);
  }
  window.addEventListener("viz:step", onStep);

  function showAlert(content) {
    const parts = content ? [["strong", content.place], ["span", content.sentence],
      ["code", content.message], ["span", content.hint], ["span", content.picture]] : [];
    const text = parts.map(([, part]) => part ?? "").join("\n");
    alert.hidden = !content;
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

  return {
    update(next, setStateValue) {
      const begins = data?.session !== next.session;
      const replaced = begins || data.revision !== next.revision;
      const answered = data?.run !== next.run || replaced;
      data = next;
      send = setStateValue;
      const words = data.labels;
      document.documentElement.lang = data.language;
      label.textContent = words.program;
      help.textContent = words.program_help;
      editor.area.setAttribute("aria-label", words.program);
      if (replaced) {
        const text = begins ? draft() : data.value;
        if (text !== editor.text()) editor.setText(text);
        index = null;
      }
      keep();
      if (answered) requested = null;
      showAlert(data.alert);
      editor.area.setAttribute("aria-invalid", String(data.marks.length > 0));
      if (data.marks.length) editor.area.setAttribute("aria-errormessage", alert.id);
      else editor.area.removeAttribute("aria-errormessage");
      const same = editor.text() === data.ran;
      editor.setMarks(same ? data.marks : []);
      if (answered && same && data.marks.length) editor.reveal(data.marks[0].line);
      show(requested !== null ? "running" : same ? "ready" : "stale");
    },
    end() {
      clearInterval(clock);
      window.removeEventListener("viz:step", onStep);
    },
  };
}

const panels = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viz-program");
  if (!panels.has(root)) panels.set(root, createPanel(root));
  const panel = panels.get(root);
  panel.update(data, setStateValue);
  return () => { panel.end(); panels.delete(root); };
}
