// A message of assets/text with its placeholders filled.

export function fill(words, params) {
  return words.replace(/\{(\w+)\}/g, (_, name) => params[name]);
}
