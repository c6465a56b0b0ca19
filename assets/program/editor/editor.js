// CodeMirror 6 below the text area: the area is the field, CodeMirror parses and draws the program.
//
// The browser's own text area keeps caret, selection, input methods, and the whole text for screen
// readers (an editable CodeMirror holds only the visible lines). This module has the language, the
// colours, the history, completion and the marked spans; text and selection are kept the same in
// both, whichever was changed. The place of the current step is the browser's own highlight, which
// touches no element: a decoration makes CodeMirror measure all its lines, at each step.
//
// attach(area, layer, { onChange, meanings }) draws into `layer`, which lies below `area` in the
// same
// font, and returns the functions that program.js calls. `onChange` is called when the area's text
// was changed from here: by undo, by a completion, by Tab.

import { acceptCompletion, autocompletion, closeCompletion, completionStatus,
  moveCompletionSelection, selectedCompletionIndex } from "@codemirror/autocomplete";
import { history, historyKeymap, indentLess, indentMore, insertNewlineAndIndent,
  moveLineDown, moveLineUp, redo, toggleComment, undo } from "@codemirror/commands";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { Annotation, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, highlightSpecialChars, keymap, runScopeHandlers,
  tooltips } from "@codemirror/view";
import { colours } from "./colours.js";
import { completions } from "./complete.js";
import { difference } from "./difference.js";
import { CONTROLS, sign, tooLong } from "./shown.js";

/** @import { Text } from "@codemirror/state" */
/** @import { ViewUpdate } from "@codemirror/view" */
/** @import { Span } from "../../browser.js" */
/** @import { Names } from "./complete.js" */

const INDENT = 4;
const HERE = "viz-current-span"; // the highlight's name in program.css
/** @type {Record<string, string | undefined>} */
const KINDS = { insertText: "input.type", insertCompositionText: "input.type.compose",
  insertFromPaste: "input.paste", deleteContentBackward: "delete.backward" };
/** @type {Record<string, import("@codemirror/view").Command | undefined>} */
const COMMANDS = { historyUndo: undo, historyRedo: redo };
const LISTBOX = ["aria-controls", "aria-activedescendant", "aria-haspopup", "aria-autocomplete"];

/** @type {import("@codemirror/state").AnnotationType<boolean>} */
const ours = Annotation.define(); // the area has this change already
/** @type {import("@codemirror/state").StateEffectType<{ from: number, to: number, className: string }[]>} */
const setSpans = StateEffect.define();

// [{from, to, className}] as decorations that move with the text until new ones come.
const spans = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setSpans)) continue;
      return Decoration.set(effect.value.filter(({ from, to }) => from < to)
        .map(({ from, to, className }) => Decoration.mark({ class: className }).range(from, to)), true);
    }
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Tab accepts the offered completion, indents the selected lines, or fills up to the next stop.
/** @param {EditorView} view */
function tab(view) {
  if (completionStatus(view.state) === "active") {
    if ((selectedCompletionIndex(view.state) ?? -1) < 0) moveCompletionSelection(true)(view);
    if (acceptCompletion(view)) return true;
  }
  const { main } = view.state.selection;
  const line = view.state.doc.lineAt(main.from);
  if (main.to > line.to) return indentMore(view);
  const spaces = " ".repeat(INDENT - ((main.from - line.from) % INDENT));
  view.dispatch(view.state.replaceSelection(spaces), { userEvent: "input.indent" });
  return true;
}

// Shift+Tab removes indentation; without any, the key is the browser's, and leaves the field.
/** @param {EditorView} view */
function unindent(view) {
  const { doc, selection: { main } } = view.state;
  for (let at = doc.lineAt(main.from).number; at <= doc.lineAt(main.to).number; at += 1) {
    if (/^[ \t]/.test(doc.line(at).text)) return indentLess(view);
  }
  return false;
}

// A position in characters, from 1, as an offset in UTF-16 units; one beyond the text is its end.
/** @param {Text} doc @param {number} line @param {number} column */
function offset(doc, line, column) {
  if (line > doc.lines) return doc.length;
  const found = doc.line(Math.max(1, line));
  return found.from + Array.from(found.text).slice(0, column - 1).join("").length;
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {HTMLElement} layer
 * @param {{ onChange: () => void, meanings: () => Promise<Names | null> }} given
 */
export function attach(area, layer, { onChange, meanings }) {
  let known = area.value; // the text that area and state agreed on last
  /** @type {[number, number] | null} */
  let here = null; // [from, to] of the current step
  const highlight = globalThis.Highlight ? new Highlight() : null; // an old browser shows the line alone
  if (highlight) CSS.highlights.set(HERE, highlight);

  const extensions = [
    EditorState.tabSize.of(INDENT), indentUnit.of(" ".repeat(INDENT)),
    EditorView.editable.of(false),
    history(), pythonLanguage, syntaxHighlighting(colours), bracketMatching(), spans,
    highlightSpecialChars({ specialChars: CONTROLS, render: sign }),
    autocompletion({ override: completions(meanings), selectOnOpen: false, closeOnBlur: false,
      icons: false, maxRenderedOptions: 50, tooltipClass: () => "viz-completion" }),
    tooltips({ position: "fixed", parent: /** @type {HTMLElement} */ (layer.closest(".viz-program")) }),
    keymap.of([{ key: "Tab", run: tab, shift: unindent }, { key: "Enter", run: insertNewlineAndIndent },
      { key: "Mod-/", run: toggleComment }, { key: "Alt-ArrowUp", run: moveLineUp },
      { key: "Alt-ArrowDown", run: moveLineDown }, ...historyKeymap]),
    EditorView.updateListener.of(followed),
  ];
  const begin = (/** @type {string} */ doc) => EditorState.create({ doc, extensions });
  const view = new EditorView({ parent: layer, state: begin(known) });
  const paint = new MutationObserver(() => {
    for (const name of LISTBOX) {
      const value = view.contentDOM.getAttribute(name);
      if (value === null) area.removeAttribute(name);
      else area.setAttribute(name, value);
    }
  });
  paint.observe(view.contentDOM, { attributes: true });

  /** @type {(span: Span) => [number, number]} */
  const places = (span) => [offset(view.state.doc, span.line, span.column),
    offset(view.state.doc, span.end_line, span.end_column)];

  // On the elements that CodeMirror has drawn last, those of the visible lines.
  function light() {
    highlight?.clear();
    if (!highlight || !here) return;
    const { from, to } = view.viewport;
    const [first, last] = here.map((place) => Math.max(from, Math.min(to, place)));
    if (first >= last) return;
    const range = new Range();
    const [start, end] = [view.domAtPos(first), view.domAtPos(last)];
    range.setStart(start.node, start.offset);
    range.setEnd(end.node, end.offset);
    highlight.add(range);
  }

  // From CodeMirror to the area.
  /** @param {ViewUpdate} update */
  function followed(update) {
    if (update.geometryChanged) scrolled(); // it measures its lines when it has drawn them
    if (here) here = [update.changes.mapPos(here[0]), update.changes.mapPos(here[1])];
    light();
    const own = update.transactions.some((transaction) => transaction.annotation(ours));
    if (own || !update.docChanged) return;
    /** @type {[string, number, number][]} */
    const changes = [];
    update.changes.iterChanges((from, to, _, __, text) => changes.push([text.toString(), from, to]));
    for (const [text, from, to] of changes.reverse()) area.setRangeText(text, from, to, "preserve");
    known = area.value;
    const { anchor, head, from, to } = update.state.selection.main;
    area.setSelectionRange(from, to, head < anchor ? "backward" : "forward");
    shown();
    onChange();
    reveal();
  }

  // From the area to CodeMirror. A selection of its own makes no entry in the history.
  /** @param {string} userEvent */
  function follow(userEvent) {
    const [anchor, head] = area.selectionDirection === "backward"
      ? [area.selectionEnd, area.selectionStart] : [area.selectionStart, area.selectionEnd];
    const text = area.value;
    const { main } = view.state.selection;
    if (text === known && main.anchor === anchor && main.head === head) return;
    const changes = text === known ? undefined : difference(known, text);
    known = text;
    view.dispatch({ changes, selection: { anchor, head }, userEvent, annotations: ours.of(true) });
    if (changes) shown();
  }

  // A line that is too long to be drawn completely is shown by the area itself, without colours.
  function shown() {
    area.parentElement?.classList.toggle("viz-painted", !tooLong(known));
  }

  /** @param {Event} event */
  function onInput(event) {
    // A tool that fills the field at once types nothing that could be completed.
    const typed = !(event instanceof InputEvent) || event.inputType !== "insertText" || (event.data ?? "").length === 1;
    follow(typed && event instanceof InputEvent ? KINDS[event.inputType] ?? "input" : "input");
  }

  function onSelection() {
    if (document.activeElement === area) follow("select");
  }

  // The browser's own history ends with each change made from here. If ours is empty, its entries
  // were typed before CodeMirror was loaded.
  /** @param {InputEvent} event */
  function onBefore(event) {
    const command = COMMANDS[event.inputType];
    if (command?.(view)) event.preventDefault();
  }

  // CodeMirror keeps lines in place by scrolling itself; here the area alone decides the scroll
  // offset.
  function scrolled() {
    view.scrollDOM.scrollTop = area.scrollTop;
    view.scrollDOM.scrollLeft = area.scrollLeft;
  }

  // Only typing makes a text area scroll to its caret. A caret that is in view stays where it is.
  function reveal() {
    view.requestMeasure({
      read: () => {
        const { head } = view.state.selection.main;
        const block = view.lineBlockAt(head);
        const place = view.coordsAtPos(head);
        const content = view.contentDOM.getBoundingClientRect();
        const caret = place
          ? { top: place.top - content.top, bottom: place.bottom - content.top } : block;
        const left = place ? place.left - content.left : 0;
        return { caret, block, left };
      },
      write: ({ caret, block, left }) => {
        const room = block.height; // one line around it, so that it does not stick to the edge
        if (caret.top < area.scrollTop) area.scrollTop = block.top;
        else if (caret.bottom > area.scrollTop + area.clientHeight) {
          area.scrollTop = block.bottom + room - area.clientHeight;
        }
        if (left < area.scrollLeft + room || left + room > area.scrollLeft + area.clientWidth) {
          area.scrollLeft = left < area.clientWidth - room ? 0 : left - area.clientWidth / 2;
        }
        scrolled();
      },
    });
  }

  area.addEventListener("input", onInput);
  area.addEventListener("beforeinput", onBefore);
  area.addEventListener("scroll", scrolled);
  area.addEventListener("blur", () => closeCompletion(view));
  view.scrollDOM.addEventListener("scroll", scrolled);
  document.addEventListener("selectionchange", onSelection);
  shown();
  scrolled();

  return {
    // True if the key was one of ours; the caller then ignores it.
    /** @param {KeyboardEvent} event */
    key(event) {
      follow("select"); // a selection that was just set may not have been reported yet
      return runScopeHandlers(view, event, "editor");
    },
    // Another text. A `fresh` one is another program: it has no history and is shown from its top.
    /** @param {string} text @param {boolean} fresh */
    setText(text, fresh) {
      if (fresh) {
        area.value = text;
        area.setSelectionRange(0, 0);
        area.scrollTop = area.scrollLeft = 0;
        known = text;
        here = null; // a place in the text before, perhaps behind the end of this one
        view.setState(begin(text));
        light();
        shown();
        scrolled();
        return;
      }
      const change = difference(known, text);
      const top = area.scrollTop;
      area.setRangeText(change.insert, change.from, change.to, "preserve");
      area.scrollTop = top;
      known = area.value;
      view.dispatch({ changes: change, annotations: ours.of(true),
        selection: { anchor: area.selectionStart, head: area.selectionEnd } });
      shown();
      scrolled();
    },
    reveal,
    // [{span: {line, column, end_line, end_column}, className}]
    /** @param {{ span: Span, className: string }[]} wanted */
    setSpans(wanted) {
      if (!wanted.length && !view.state.field(spans).size) return;
      view.dispatch({ effects: setSpans.of(wanted.map(({ span, className }) => {
        const [from, to] = places(span);
        return { className, from, to };
      })) });
    },
    // The place of the current step, or null.
    /** @param {Span | null} span */
    setCurrent(span) {
      here = span && places(span);
      light();
    },
    // True if names are offered, so that the text at the caret is only half of one.
    choosing: () => completionStatus(view.state) === "active",
    end() {
      paint.disconnect();
      highlight?.clear();
      document.removeEventListener("selectionchange", onSelection);
      view.destroy();
    },
  };
}
