// A table as sent (one list per field), as one object per row.

/**
 * @template {object} Table
 * @typedef {{ [Field in keyof Table]: Table[Field] extends (infer Value)[] ? Value : never }} Row
 */

/**
 * @template {object} Table
 * @param {Table} table
 * @returns {Row<Table>[]}
 */
export function rows(table) {
  const fields = Object.entries(table);
  return fields[0][1].map((/** @type {unknown} */ _, /** @type {number} */ row) =>
    Object.fromEntries(fields.map(([name, column]) => [name, column[row]])));
}
