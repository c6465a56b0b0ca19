// Numbers in a program's notation: the size of a step, and the range of a slider.

/** @typedef {[number, number]} Range */

const WHOLE = /^[+-]?\d+$/;
const NICE = [1, 2, 5, 10];

export const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

// The step adapts to the number: integers go by 1, others by a tenth of their leading digit.
/** @param {string} text */
function stepOf(text) {
  if (WHOLE.test(text)) return 1;
  const size = Math.abs(Number(text));
  return size === 0 ? 0.1 : 10 ** (Math.floor(Math.log10(size)) - 1);
}

// A value in the notation of `text`: 2.1 for `2.` is `2.1`, and 3 is `3.`.
/** @param {string} text @param {number} value @param {number} step */
function written(text, value, step) {
  if (WHOLE.test(text)) return String(Math.round(value));
  const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(step))));
  const found = String(Number(value.toFixed(digits)));
  if (found.includes(".") || found.includes("e")) return found;
  return text.endsWith(".") ? `${found}.` : `${found}.0`;
}

// The number after some steps.
/** @param {string} text @param {number} steps */
export function moved(text, steps) {
  const step = stepOf(text);
  return written(text, Number(text) + steps * step, step);
}

// The number at a fraction (0 to 1) of a slider.
/** @param {string} text @param {number} part @param {Range} range */
export function placed(text, part, [low, high]) {
  const step = 10 ** Math.floor(Math.log10((high - low) / 50));
  const value = low + Math.min(1, Math.max(0, part)) * (high - low);
  return written(text, Math.round(value / step) * step, step);
}

// The fraction of a slider at which a number is.
/** @param {string} text @param {Range} range */
export function partOf(text, [low, high]) {
  return Math.min(1, Math.max(0, (Number(text) - low) / (high - low)));
}

// Half as much again as the number needs, rounded to 1, 2 or 5; kept while the number is neither
// near an end nor lost in the middle. Sizes count from 1 (a `dim` from 0).
/** @param {string} text @param {boolean} size @param {Range} [kept] @returns {Range} */
export function rangeOf(text, size, kept) {
  const far = Math.abs(Number(text));
  if (kept && far <= 0.95 * kept[1] && far >= kept[1] / 50) return kept;
  const least = WHOLE.test(text) ? 10 : far === 0 ? 1 : 1e-12;
  const wanted = Math.max(least, 1.5 * far);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const nice = NICE.find((each) => each * power >= wanted * (1 - 1e-9)) ?? 10;
  const high = power * nice;
  return [size ? Math.min(1, Number(text)) : -high, high];
}
