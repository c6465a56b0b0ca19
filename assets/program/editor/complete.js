// The completions: torch's names with their one-line meaning, and the program's own names.
//
// The names are {module: [[name, meaning], ...]}, "torch.Tensor" being the names that follow a dot
// after anything that is not a module.

import { ifNotIn } from "@codemirror/autocomplete";
import { globalCompletion, localCompletionSource } from "@codemirror/lang-python";

/** @import { CompletionContext, CompletionSource } from "@codemirror/autocomplete" */
/** @typedef {Record<string, [name: string, meaning: string][]>} Names */

const CODE = ["String", "FormatString", "Comment"]; // no names are completed within these
const NAME = "[\\p{L}_][\\p{L}\\p{N}_]*";
const IMPORT = new RegExp(`^[ \\t]*import[ \\t]+([\\w.]+)(?:[ \\t]+as[ \\t]+(${NAME}))?`, "gmu");
const FROM = /^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+([^\n#]+)/gm;
const ALIASED = new RegExp(`(${NAME})(?:[ \\t]+as[ \\t]+(${NAME}))?`, "gu");
const DOTTED = /(?:[\p{L}_][\p{L}\p{N}_]*\s*\.\s*)+[\p{L}\p{N}_]*$/u;
const AFTER_VALUE = /[)\]}]\s*\.\s*[\p{L}\p{N}_]*$/u;

// The names of modules, as the program imports them.
/** @param {{ toString: () => string }} doc @param {Names} names */
function modules(doc, names) {
  const known = new Map([["torch", "torch"]]);
  const text = doc.toString();
  /** @param {string} alias @param {string} module */
  const note = (alias, module) => { if (module in names) known.set(alias, module); };
  for (const [, module, alias] of text.matchAll(IMPORT)) {
    if (alias) note(alias, module);
  }
  for (const [, module, list] of text.matchAll(FROM)) {
    for (const [, name, alias] of list.matchAll(ALIASED)) {
      note(alias ?? name, `${module}.${name}`);
    }
  }
  return known;
}

/** @param {[name: string, meaning: string][]} list */
function options(list) {
  return list.map(([label, detail]) => ({ label, detail }));
}

/** @param {() => Promise<Names | null>} meanings */
export function completions(meanings) {
  // After a dot: the module's names, or else a tensor's.
  /** @param {CompletionContext} context */
  async function attributes(context) {
    const dotted = context.matchBefore(DOTTED);
    const found = dotted ?? context.matchBefore(AFTER_VALUE);
    if (!found) return null;
    const names = await meanings();
    if (!names || context.aborted) return null;
    const parts = found.text.split(".").map((part) => part.trim());
    const typed = parts.pop() ?? "";
    let list = names["torch.Tensor"];
    if (dotted) {
      const known = modules(context.state.doc, names);
      const path = [known.get(parts[0]) ?? parts[0], ...parts.slice(1)].join(".");
      if (path in names) list = names[path];
      else if (known.has(parts[0])) return null; // torch.something without names of its own
    }
    return { from: context.pos - typed.length, options: options(list),
      validFor: /^[\p{L}\p{N}_]*$/u };
  }

  // Without a dot: Python's and the program's own names, from two letters on.
  /** @type {(source: CompletionSource) => CompletionSource} */
  const plain = (source) => (context) => {
    const word = context.matchBefore(/[\p{L}\p{N}_.]*$/u);
    if (!word || word.text.includes(".") || (!context.explicit && word.text.length < 2)) return null;
    return source(context);
  };
  return [ifNotIn(CODE, attributes), plain(localCompletionSource), plain(globalCompletion)];
}
