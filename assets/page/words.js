// A message of assets/text with its placeholders filled.

/** @param {string} words @param {object} params */
export function fill(words, params) {
  return words.replace(/\{(\w+)\}/g, (_, name) => String(/** @type {Record<string, unknown>} */ (params)[name]));
}
