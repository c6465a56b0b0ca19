// A small matrix as a table, tinted by value on a scale centred on zero.

import { element } from "../page/element.js";

/** @import { Grid } from "../browser.js" */

/** @param {HTMLElement} parent @param {Grid | null} numbers, if they are known @param {string} title @param {string} tone */
export function grid(parent, numbers, title, tone) {
  if (!numbers) return element("span", "viz-note", parent, "…");
  const { rows, columns, cells } = numbers;
  const table = element("table", `viz-grid viz-grid-${tone}`, parent);
  element("caption", "", table, title);
  const body = element("tbody", "", table);
  const largest = Math.max(1e-30, ...cells.map(({ number }) => Math.abs(number ?? 0)));
  for (let row = 0; row < rows; row += 1) {
    const line = element("tr", "", body);
    for (const { text, number } of cells.slice(row * columns, (row + 1) * columns)) {
      const cell = element("td", (number ?? 0) < 0 ? "viz-negative" : "", line, text);
      cell.style.setProperty("--part", String(Math.abs(number ?? 0) / largest));
    }
  }
  return table;
}
