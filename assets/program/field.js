// The field is a text area, with line numbers next to it and marked lines below it. `enrich`
// attaches CodeMirror below it; until then, and without its bundle, the area works alone.

import { element } from "../page/element.js";
import { CONTROLS, sign, tooLong } from "./editor/shown.js";

/** @import { Mark, Span } from "../browser.js" */
/** @import { Names } from "./editor/complete.js" */
/** @typedef {{ line: number, span: Span | null, phase: string }} Current */

const LINE = 20; // px, as --line in program.css
const PADDING = 8; // px, as --padding in program.css
const INDENT = 4;

/** @param {HTMLElement} host @param {{ onInput: (text: string) => void, onRun: (text: string, asked: boolean) => void }} act */
export function createEditor(host, { onInput, onRun }) {
  const frame = element("div", "viz-editor", host);
  const gutter = element("div", "viz-gutter", frame);
  gutter.setAttribute("aria-hidden", "true");
  const numbers = element("div", "viz-numbers", gutter);
  const counted = element("span", "", numbers);
  const flags = element("div", "", numbers);
  const field = element("div", "viz-field", frame);
  const bars = element("div", "viz-bars", field);
  const lit = element("div", "viz-bar", bars);
  const layer = element("div", "viz-layer", field);
  const signs = element("pre", "viz-signs", field);
  for (const part of [bars, layer, signs]) part.setAttribute("aria-hidden", "true");
  const area = element("textarea", "", field);
  for (const [name, value] of Object.entries({
    spellcheck: "false", autocomplete: "off", autocapitalize: "off", autocorrect: "off", wrap: "off",
  })) area.setAttribute(name, value);

  /** @type {ReturnType<typeof import("./editor/editor.js").attach> | null} */
  let rich = null;
  let leaving = false; // Escape was pressed: the next Tab moves on
  let composing = false; // an input method is putting a character together
  /** @type {[string, boolean] | null} */
  let waiting = null; // changes that arrived meanwhile
  let lines = 0;
  /** @type {Mark[]} */
  let marks = [];
  /** @type {Current | null} */
  let current = null;
  let [top, height] = [0, 0]; // of the visible part, as last reported: reading it would lay out the page

  function scrolled() {
    [top, height] = [area.scrollTop, area.clientHeight];
    numbers.style.transform = `translateY(${-top}px)`;
    bars.style.transform = `translateY(${-top}px)`;
    if (signs.firstChild) signs.style.transform = `translate(${-area.scrollLeft}px, ${-top}px)`;
  }
  const sized = new ResizeObserver(scrolled);
  sized.observe(area);

  /** @template {HTMLElement} Made @param {number} line @param {Made} made */
  function put(line, made) {
    made.style.top = `${PADDING + (line - 1) * LINE}px`;
    return made;
  }

  function draw() {
    const count = area.value.split("\n").length;
    if (count !== lines) {
      lines = count;
      counted.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
    }
    const place = (/** @type {Mark} */ mark, /** @type {string} */ className, /** @type {HTMLElement} */ parent) => put(mark.line, element("div", className, parent));
    bars.replaceChildren(lit);
    flags.replaceChildren();
    for (const mark of marks) {
      place(mark, `viz-bar viz-${mark.kind}`, bars).dataset.line = String(mark.line);
      place(mark, "viz-flag", flags).textContent = "✕";
    }
    showControls();
    rich?.setSpans(marks.flatMap(({ span, kind }) => (span ? [{ span, className: `viz-${kind}-span` }] : [])));
    light();
  }

  // A text with controls that CodeMirror does not draw is drawn here, each control as a sign.
  const forced = matchMedia("(forced-colors: active)");
  function showControls() {
    const text = area.value;
    const ours = text.search(CONTROLS) >= 0 && (!rich || tooLong(text) || forced.matches);
    field.classList.toggle("viz-signed", ours);
    signs.replaceChildren();
    if (!ours) return;
    let from = 0;
    for (const found of text.matchAll(CONTROLS)) {
      signs.append(text.slice(from, found.index), sign(found[0].codePointAt(0) ?? 0));
      from = found.index + found[0].length;
    }
    signs.append(text.slice(from));
    scrolled();
  }

  // The place of the current step; from one step to the next nothing else changes.
  function light() {
    lit.hidden = !current;
    lit.className = current ? `viz-bar viz-current viz-${current.phase}` : "viz-bar";
    if (current) put(current.line, lit).dataset.line = String(current.line);
    rich?.setCurrent(current?.span ?? null);
  }

  // Bring a line into view. `follow`, at a step, uses the last reported visible part.
  /** @param {number} line */
  function reveal(line) {
    scrolled();
    follow(line);
  }
  /** @param {number} line */
  function follow(line) {
    if (!height) scrolled(); // nothing was reported yet
    const at = PADDING + (line - 1) * LINE;
    if (at >= top + LINE && at + 2 * LINE <= top + height) return;
    area.scrollTop = Math.max(0, at - height / 2 + LINE);
    scrolled();
  }

  // insertText keeps the browser's own undo history; setRangeText would end it.
  /** @param {string} text */
  function insert(text) {
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    }
  }

  // Tab and Enter without the bundle.
  /** @param {KeyboardEvent} event */
  function plainKey(event) {
    const line = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
    if (event.key === "Tab" && !event.shiftKey) insert(" ".repeat(INDENT - (line.length % INDENT)));
    else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
      insert(`\n${indent}${line.trimEnd().endsWith(":") ? " ".repeat(INDENT) : ""}`);
    } else return false;
    return true;
  }

  function changed() {
    draw();
    onInput(area.value);
  }

  area.addEventListener("input", changed);
  area.addEventListener("scroll", scrolled);
  area.addEventListener("compositionstart", () => { composing = true; onInput(area.value); });
  area.addEventListener("compositionend", () => {
    composing = false;
    const text = waiting;
    waiting = null;
    if (text) setText(...text);
    else onInput(area.value);
  });
  area.addEventListener("blur", () => { leaving = false; onRun(area.value, false); });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onRun(area.value, true);
      return;
    }
    if (event.key === "Shift") return;
    if (event.key === "Tab" && leaving) return;
    leaving = false;
    if (rich ? rich.key(event) : plainKey(event)) event.preventDefault();
    else leaving = event.key === "Escape";
  });

  /** @param {string} text @param {boolean} fresh */
  function setText(text, fresh) {
    if (composing) { waiting = [text, fresh]; return; }
    if (rich) rich.setText(text, fresh);
    else {
      // A text that is mostly unchanged, for example after a changed number, is not scrolled away.
      const near = !fresh && Math.abs(text.split("\n").length - area.value.split("\n").length) <= 2;
      const [top, at] = near ? [area.scrollTop, area.selectionStart] : [0, 0];
      area.value = text;
      area.setSelectionRange(at, at);
      area.scrollTop = top;
    }
    draw();
  }

  return {
    area,
    text: () => area.value,
    composing: () => composing,
    choosing: () => rich?.choosing() ?? false,
    setText,
    /** @param {Mark[]} next */
    setMarks(next) { marks = next; draw(); },
    /** @param {Current | null} next */
    setCurrent(next) { current = next; light(); },
    reveal,
    follow,
    revealCaret() { rich?.reveal(); },
    /** @param {typeof import("./editor/editor.js").attach} attach @param {() => Promise<Names | null>} meanings */
    enrich(attach, meanings) {
      rich = attach(area, layer, { onChange: changed, meanings });
      draw();
    },
    end() {
      sized.disconnect();
      rich?.end();
    },
  };
}
