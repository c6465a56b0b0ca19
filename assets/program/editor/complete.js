// The completions: torch's names with their one-line meaning, and the program's own names.
//
// The names are {module: [[name, meaning], ...]}, "torch.Tensor" being the names that follow a dot
// after anything that is not a module.

import { ifNotIn } from "@codemirror/autocomplete";
import { globalCompletion, localCompletionSource } from "@codemirror/lang-python";

const CODE = ["String", "FormatString", "Comment"]; // no names are completed within these
const NAME = "[\\p{L}_][\\p{L}\\p{N}_]*";
const IMPORT = new RegExp(`^[ \\t]*import[ \\t]+([\\w.]+)(?:[ \\t]+as[ \\t]+(${NAME}))?`, "gmu");
const FROM = /^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+([^\n#]+)/gm;
const ALIASED = new RegExp(`(${NAME})(?:[ \\t]+as[ \\t]+(${NAME}))?`, "gu");
const DOTTED = /(?:[\p{L}_][\p{L}\p{N}_]*\s*\.\s*)+[\p{L}\p{N}_]*$/u;
const AFTER_VALUE = /[)\]}]\s*\.\s*[\p{L}\p{N}_]*$/u;

// The names of modules, as the program imports them.
function modules(doc, names) {
  const known = new Map([["torch", "torch"]]);
  const text = doc.toString();
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

function options(list) {
  return list.map(([label, detail]) => ({ label, detail }));
}

export function completions(meanings) {
  // After a dot: the module's names, or else a tensor's.
  async function attributes(context) {
    const dotted = context.matchBefore(DOTTED);
    const value = dotted ? null : context.matchBefore(AFTER_VALUE);
    if (!dotted && !value) return null;
    const names = await meanings();
    if (!names || context.aborted) return null;
    const parts = (dotted ?? value).text.split(".").map((part) => part.trim());
    const typed = parts.pop();
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
  const plain = (source) => (context) => {
    const word = context.matchBefore(/[\p{L}\p{N}_.]*$/u);
    if (word.text.includes(".") || (!context.explicit && word.text.length < 2)) return null;
    return source(context);
  };
  return [ifNotIn(CODE, attributes), plain(localCompletionSource), plain(globalCompletion)];
}
