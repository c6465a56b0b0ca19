// The picture of nothing: what each part of the stage shows before its first picture.

/** @import { Picture } from "../browser.js" */

/** @type {Picture} */
export const NOTHING = {
  language: "en",
  theme: "light",
  colours: {},
  advance: 1,
  width: 1,
  height: 1,
  layers: [],
  figure: { data: [], layout: {} },
  of: [],
  shape_marks: { element: [], layer: [], first: [], last: [], weight: [] },
  text_marks: { element: [], layer: [], first: [], last: [], text: [] },
  flights: { element: [], step: [], before: [], after: [], via: [], to: [], late: [] },
  chips: [],
  constants: [],
  vertices: [],
  gradients: { vertex: [], first: [], last: [], text: [], size: [], strange: [] },
  groups: {},
  passes: [],
  training: { passes: 0, curves: [], strange: null, largest: null, notice: "" },
  paths: [],
  views: [],
  folded: { name: [], operation: [], line: [], vertex: [] },
  frames: [],
  opens: 0,
  ask: [],
  lines: {},
  formulas: [],
  words: {},
};
