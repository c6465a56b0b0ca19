// An answer to a predicted gradient: its numbers, and the mistake that they show.

/** @import { Question } from "../browser.js" */

const NEAR = 0.01; // relative error allowed in an answer: three digits are enough
const FACTORS = [2, 3, 4, 5, 6, 7, 8, 9, 10];

/** @param {number} found @param {number} wanted */
const near = (found, wanted) => Math.abs(found - wanted) <= Math.max(NEAR * Math.abs(wanted), 1e-9);
/** @param {number[]} found @param {number[]} wanted */
const all = (found, wanted) => found.length === wanted.length && found.every((each, at) => near(each, wanted[at]));

// The numbers of an answer, with any brackets; null for any other text.
/** @param {string} text */
export function read(text) {
  const parts = text.replace(/[[\](){}]/g, " ").replace(/\u2212/g, "-").trim().split(/[\s,;]+/);
  const numbers = parts.map((part) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part) ? Number(part) : NaN));
  return numbers.every(Number.isFinite) ? numbers : null;
}

// [key, params] of the hint that the numbers allow.
/**
 * @param {number[]} found
 * @param {Pick<Question, "kind" | "numbers" | "slips">} question
 * @returns {[string, Record<string, number>]}
 */
export function judge(found, { kind, numbers, slips }) {
  if (found.length !== numbers.length) return ["size", { count: numbers.length }];
  if (all(found, numbers)) return ["right", {}];
  for (const slip of slips) if (all(found, slip.numbers)) return [slip.key, {}];
  for (const factor of FACTORS) {
    if (numbers.some((each) => each !== 0)) {
      if (all(found.map((each) => each * factor), numbers)) return ["small", { factor }];
      if (all(found, numbers.map((each) => each * factor))) return ["large", { factor }];
    }
  }
  const good = found.filter((each, at) => near(each, numbers[at])).length;
  return good ? ["some", { right: good, count: numbers.length }] : [`wrong_${kind}`, {}];
}
