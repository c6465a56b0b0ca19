// Characters of a program that the browser would not show as they are.

// Characters without a shape that change the order in which others are read (Unicode's
// bidirectional controls): with them a program can look like another one. Each is shown as a sign
// in its place.
export const CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** @param {number} code */
export function sign(code) {
  const made = document.createElement("span");
  made.className = "viz-sign";
  made.textContent = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return made;
}

const LONGEST = 2000; // characters of a line: beyond it CodeMirror draws only a part, the area all

/** @param {string} text */
export function tooLong(text) {
  return text.length > LONGEST && text.split("\n").some((line) => line.length > LONGEST);
}
