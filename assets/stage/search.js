// Finds boxes by name, operation or line, also in folded groups; Enter goes from one to the next.

import { element } from "../page/element.js";
import { rows } from "../page/table.js";
import { fill } from "../page/words.js";
import { NOTHING } from "./nothing.js";

/** @import { Folded, Picture } from "../browser.js" */
/** @import { Row } from "../page/table.js" */

const FEW = 12; // number of boxes that need no search

/** @param {HTMLElement} parent @param {{ found: (vertex: number) => void, unfold: (group: string) => void }} act */
export function createSearch(parent, { found, unfold }) {
  const root = element("div", "viz-search", parent);
  const field = element("input", "", root);
  field.type = "search";
  const count = element("span", "tone-muted", root);
  count.setAttribute("aria-live", "polite");
  let picture = NOTHING;
  /** @type {Row<Folded>[]} */
  let folded = []; // entries in closed groups
  /** @type {number[]} */
  let hits = [];
  let at = 0;

  /** @param {string} text */
  function matches(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const line = /^\d+$/.test(wanted) ? Number(wanted) : null;
    /** @param {string} name @param {string} operation @param {number | null} of */
    const fits = (name, operation, of) => (line === null
      ? `${name} ${operation}`.toLowerCase().includes(wanted) : of === line);
    const open = picture.vertices.flatMap((v, place) => (fits(v.name, v.grad_fn, v.line) ? [place] : []));
    const inside = folded.filter(({ name, operation, line: of }) => fits(name, operation, of)).map(({ vertex }) => vertex);
    return [...new Set([...open, ...inside])].sort((one, two) => one - two);
  }

  function showHit() {
    const { words } = picture;
    count.textContent = !field.value.trim() ? "" : hits.length
      ? fill(words.found, { place: at + 1, count: hits.length }) : words.found_none;
    if (hits.length) found(hits[at]);
  }

  field.addEventListener("input", () => { hits = matches(field.value); at = 0; showHit(); });
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") { field.value = ""; hits = []; showHit(); }
    if (event.key !== "Enter" || !hits.length || event.isComposing) return;
    event.preventDefault();
    // If all hits are in one folded group, Enter opens it.
    const group = hits.length === 1 ? picture.vertices[hits[0]].group : null;
    if (group) { unfold(group); return; }
    at = (at + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
    showHit();
  });

  return {
    /** @param {Picture} next */
    open(next) {
      picture = next;
      folded = rows(picture.folded);
      root.hidden = picture.vertices.length < FEW && !folded.length;
      field.placeholder = picture.words.search;
      field.setAttribute("aria-label", picture.words.search);
      hits = matches(field.value);
      at = Math.min(at, Math.max(0, hits.length - 1));
      if (field.value.trim() && document.activeElement === field) showHit();
    },
  };
}
