// A small matrix as a table, tinted by value on a scale centred on zero.

import { element } from "../page/element.js";

export function grid(parent, { shape, cells }, title, tone) {
  const table = element("table", `viz-grid viz-grid-${tone}`, parent);
  element("caption", "", table, title);
  const body = element("tbody", "", table);
  const largest = Math.max(1e-30, ...cells.map(([, x]) => Math.abs(x ?? 0)));
  for (let row = 0; row < shape[0]; row += 1) {
    const line = element("tr", "", body);
    for (const [text, x] of cells.slice(row * shape[1], (row + 1) * shape[1])) {
      const cell = element("td", x < 0 ? "viz-negative" : "", line, text);
      cell.style.setProperty("--part", String(Math.abs(x ?? 0) / largest));
    }
  }
  return table;
}
