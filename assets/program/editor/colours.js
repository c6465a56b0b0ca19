// The colours of the parts of Python's grammar; they are variables of the panel.
//
// Weight and slant stay unchanged: the text must keep the positions that the area gives it.

import { HighlightStyle } from "@codemirror/language";
import { tags } from "@lezer/highlight";

export const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.self, tags.meta], color: "var(--viz-code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--viz-code-string)" },
  { tag: [tags.number], color: "var(--viz-code-number)" },
  { tag: [tags.comment], color: "var(--viz-code-comment)" },
]);
