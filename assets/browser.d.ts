/* Made of viz_app/browser.py by make types. */

export interface Browser {}
/**
 * The window events by name, with their details; None for those without any.
 *
 *     "viz:live" has None if the panels must show the server's data again; "viz:drawn" if the picture
 *     is not of the current text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Events".
 */
export interface Events {
  "viz:step": Step;
  "viz:goal": GoalStands | null;
  "viz:asks": Asks;
  "viz:goto": Goto;
  "viz:stale": Standing;
  "viz:drawn": Program | null;
  "viz:view": View;
  "viz:live": Live | null;
  "viz:change": Change;
  "viz:repair": RepairOffer;
  "viz:operation": Operation;
  "viz:history": Anchored;
  "viz:whatif": Anchored;
  "viz:open": null;
  "viz:printed": null;
  "viz:progress": null;
  "viz:free": null;
}
/**
 * The picture's current step, its line of the program, the number of its backward pass, and the
 *     question about the next step.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Step".
 */
export interface Step {
  step: number;
  line: number | null;
  span: Span | null;
  phase: "backward" | "forward";
  pass: number | null;
  next: Asked | null;
}
/**
 * A span of the program's text: `arrays.Span` with named fields.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Span".
 */
export interface Span {
  line: number;
  column: number;
  end_line: number;
  end_column: number;
}
/**
 * The question about the gradient of a step, with its text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Asked".
 */
export interface Asked {
  step: number;
  text: string;
  question: Question;
}
/**
 * A gradient to predict: the right numbers, of a whole tensor or of its element at `place`.
 *
 *     `received` is what arrived at the operation, as in a caption, "" where that is not one tensor.
 *     `there` are the numbers at `place` from which the answer follows, as a card too small for all of
 *     its numbers does not show them: `pred[7, 0] = -0.8102, Y[7, 0] = 1`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Question".
 */
export interface Question {
  vertex: number;
  kind: "grad" | "send";
  node: Said;
  name: string;
  place: string;
  there: string;
  received: string;
  numbers: number[];
  slips: Slip[];
}
/**
 * A part of a sentence in one tone; `plain` instead of it while PyTorch's names are off.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Said".
 */
export interface Said {
  text: string;
  tone?: "gradient" | "leaf" | "muted" | "name" | "plain" | "value";
  plain?: string;
}
/**
 * A known mistake, and the answer it leads to.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Slip".
 */
export interface Slip {
  key: string;
  numbers: number[];
}
/**
 * The goal of the lesson on the page, in its language; `reached` by the last run.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "GoalStands".
 */
export interface GoalStands {
  text: string;
  reached: boolean;
}
/**
 * The steps whose gradient the lesson asks for before they are shown.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Asks".
 */
export interface Asks {
  steps: number[];
}
/**
 * A request that the picture go to a step, show a vertex or open a group, and that the
 *     explanation `panel` be shown. `node` is the id of a box to select, None for none.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Goto".
 */
export interface Goto {
  step?: number;
  node?: string | null;
  vertex?: number;
  group?: string;
  panel?: string;
}
/**
 * The relation of the editor's text to the picture.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Standing".
 */
export interface Standing {
  state: "ready" | "running" | "stale";
}
/**
 * The text of a picture, its revision, and the number of the opened program.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Program".
 */
export interface Program {
  text: string;
  revision: number;
  opened: number;
}
/**
 * The part of the visible state that a link remembers; None is the default.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "View".
 */
export interface View {
  step: number | null;
  speed: number | null;
  node: string | null;
  view: string | null;
  colour: string | null;
  names: string | null;
  constants: string | null;
  predict: string | null;
  present: string | null;
  playing: boolean;
}
/**
 * The page's content for a number while it is dragged; the picture is None if the run left
 *     nothing, and `explain` while nobody sees it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Live".
 */
export interface Live {
  text: string;
  picture: Picture | null;
  printed: Printed[] | null;
  explain: Explained | null;
  state: "error" | "ready" | "running" | "stale";
}
/**
 * The stage's complete content.
 *
 *     `of` is the vertex that each element of the figure belongs to, or -1 - its link's index. A
 *     picture with the same `structure` has the same boxes, links and number of steps; with the same
 *     `drawn`, the same figure, which may then be left out; with the same `version`, everything is
 *     equal. A program that was just opened is shown at step `opens`, its first forward pass being
 *     finished, with the question `ask`. `lines` are the lines of the program that its steps concern.
 *     `constants` are the constants and their links, as in `of`. A `wrapped` picture is in rows.
 *     `advance` is the width of a character of its names, in units of their size.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Picture".
 */
export interface Picture {
  language: string;
  theme: string;
  colours: {
    [k: string]: string;
  };
  advance: number;
  width: number;
  height: number;
  layers: Layer[];
  figure: Figure;
  of: number[];
  shape_marks: ShapeMarks;
  text_marks: TextMarks;
  flights: Flights;
  chips: Chip[];
  constants: number[];
  vertices: Vertex[];
  views: (ConvolutionView | BarsView | AttentionView | RowsView | IterationsView | BoundaryView)[];
  gradients: Gradients;
  groups: {
    [k: string]: OpenGroup;
  };
  passes: Pass[];
  training: Training;
  paths: Path[];
  folded: Folded;
  frames: Frame[];
  opens: number;
  ask: Said[];
  lines: {
    [k: string]: string;
  };
  formulas: string[];
  words: {
    [k: string]: string;
  };
  structure?: string;
  drawn?: string;
  version?: string;
  note?: string;
  wrapped?: boolean;
}
/**
 * A layer of the drawing: its style, and its behaviour in the browser.
 *
 *     `strong` are the properties that the projector's switch strengthens. `small` is its treatment in
 *     a picture seen from afar: it stays, is hidden, or its text grows, and is cut to the end of a
 *     dotted name. A mark's weight is the `width` of a line or the opacity of a `cell`. A `pulse`
 *     travels the lines that begin at a step. A `shadow` represents a box that has not appeared yet.
 *     What `arrives` is visible once what travels at its step has arrived. An `optional` text is
 *     visible if the switch for autograd's names is on.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Layer".
 */
export interface Layer {
  style: {
    [k: string]: string;
  };
  strong?: string[];
  small?: "cut" | "grows" | "hidden" | "stays";
  width?: LineWidth | null;
  cell?: boolean;
  pulse?: ("gradient" | "value") | null;
  shadow?: boolean;
  arrives?: boolean;
  optional?: boolean;
}
/**
 * The width of a line in pixels: `least` at weight 0, `least + more` at weight 1.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LineWidth".
 */
export interface LineWidth {
  least: number;
  more: number;
}
/**
 * A figure of plotly.js.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Figure".
 */
export interface Figure {
  data: {}[];
  layout: {};
}
/**
 * A table: the layer that a shape has at the steps `first <= step < last`, and its weight.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ShapeMarks".
 */
export interface ShapeMarks {
  element: number[];
  layer: number[];
  first: number[];
  last: number[];
  weight: (number | null)[];
}
/**
 * A table: the layer that a text has at the steps `first <= step < last`, and the text
 *     itself.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "TextMarks".
 */
export interface TextMarks {
  element: number[];
  layer: number[];
  first: number[];
  last: number[];
  text: string[];
}
/**
 * A table: what travels along line `element` at `step`, as places in `Picture.chips` or -1.
 *
 *     Chip `before` becomes chip `after` at vertex `via` and goes to vertex `to`; it sets off once the
 *     others are through if it is `late`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Flights".
 */
export interface Flights {
  element: number[];
  step: number[];
  before: number[];
  after: number[];
  via: number[];
  to: number[];
  late: boolean[];
}
/**
 * A number as it travels: its text and, of a matrix, rows of tints from -9 to 9.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Chip".
 */
export interface Chip {
  text: string;
  grid?: number[][];
}
/**
 * A box of the picture with its texts; `first` is the step at which it appears.
 *
 *     `within` is the open group around it. `opens` and `folds` are the groups that a click opens or
 *     folds; `group` is the group it represents. `change` is the index of its operation in the
 *     program. `parts` are the autograd nodes of a folded call. `row`: it has a row in the table;
 *     `asks`: its tensor requires a gradient. `rules` are the formulas of an operation (indices in
 *     `Picture.formulas`), `curve` is its graph if it works element by element, `view` a picture made
 *     for it (an index in `Picture.views`), whose gradients are shown from the step `sends` on.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Vertex".
 */
export interface Vertex {
  id: string;
  kind: "card" | "disc" | "group";
  within: string | null;
  box: Box;
  first: number;
  name: string;
  node: string;
  operation: string;
  value: string;
  whole: string;
  type: string;
  grad_fn: string;
  call: string;
  line: number | null;
  source: string;
  size: number | null;
  strange: string;
  asks: boolean;
  row: boolean;
  opens: string | null;
  folds: string | null;
  saved?: Named[];
  freed?: string[];
  parts?: Named[];
  group?: string | null;
  change?: number | null;
  why?: Why | null;
  rules?: number[];
  curve?: OperationCurve | null;
  view?: number | null;
  sends?: number;
}
/**
 * A vertex's centre, the size of its pointer area, and the size of the body itself.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Box".
 */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  body_width: number;
  body_height: number;
}
/**
 * A name with its text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Named".
 */
export interface Named {
  name: string;
  text: string;
}
/**
 * The reason why a tensor has no gradient at the end, and the fix.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Why".
 */
export interface Why {
  line: number | null;
  why: Said[];
  mend: Said[];
}
/**
 * An operation over one element of its operand (`y` is None where it is not finite), and the
 *     elements of this run with the slopes that autograd multiplied by.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OperationCurve".
 */
export interface OperationCurve {
  operand: string;
  x: number[];
  y: (number | null)[];
  here: OperationPoint[];
  text: string;
}
/**
 * An element of the operand, the result there, and the slope that autograd multiplied by.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OperationPoint".
 */
export interface OperationPoint {
  x: number;
  y: number;
  slope: number | null;
}
/**
 * A convolution: the first sample's `image` and `result` (one grid per channel), the `kernels`
 *     (by output channel, then by input channel) and, once a backward pass went through it, what
 *     arrived (`upstream`) and the kernels' `gradient`. Empty: not kept whole, or too large.
 *
 *     `channels` counts the input's channels that a kernel sees, from the one in `begins` on;
 *     `samples` all of the input, of which the first is shown. `summed`: the run proves that each
 *     number of the result is the sum of the products under the kernel, and the bias; `added`: that
 *     each number of the gradient is the sum over all places of what arrived there times what the
 *     kernel's number saw.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ConvolutionView".
 */
export interface ConvolutionView {
  kind: "convolution";
  names: ConvolutionNames;
  image: string[][][];
  kernels: string[][][][];
  result: string[][][];
  bias: string[];
  upstream: string[][][];
  gradient: string[][][][];
  /**
   * @minItems 2
   * @maxItems 2
   */
  stride: [number, number];
  /**
   * @minItems 2
   * @maxItems 2
   */
  padding: [number, number];
  /**
   * @minItems 2
   * @maxItems 2
   */
  dilation: [number, number];
  channels: number;
  begins: number[];
  samples: number;
  summed: boolean;
  added: boolean;
}
/**
 * The names of a convolution's tensors.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ConvolutionNames".
 */
export interface ConvolutionNames {
  input: string;
  kernel: string;
  result: string;
}
/**
 * The shares of a softmax, in rows that add up to 1, and the gradient sent to its operand
 *     `name`. `places` are the rows' indices, empty for a single one.
 *
 *     `right` is the index of the right class of each row (-1: the row is ignored), empty if the loss
 *     is not said to have one. `target` are the shares that the loss asks for, and `factors` times
 *     (shares minus target) is the gradient: one number for all rows, or one per row. Both are empty
 *     if that is not proven.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "BarsView".
 */
export interface BarsView {
  kind: "bars";
  name: string;
  places: string[];
  rows: string[][];
  right: number[];
  target: string[][];
  gradient: string[][];
  factors: string[];
}
/**
 * The shares of an attention, one grid (queries, keys) per head, and the gradients that arrived
 *     at them.
 *
 *     `weighed`: the run proves that each output is the sum of the values, each times its share;
 *     `returned`: that each value got, from each output, its gradient times the same share.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "AttentionView".
 */
export interface AttentionView {
  kind: "attention";
  heads: string[][][];
  gradients: string[][][];
  weighed: boolean;
  returned: boolean;
}
/**
 * An embedding's table `name`: how often each row was looked up, and the norm of each row of
 *     the gradient that one lookup sent.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "RowsView".
 */
export interface RowsView {
  kind: "rows";
  name: string;
  used: number[];
  gradient: string[];
}
/**
 * A loop that uses the same tensors in each of `iterations`: what each one sent to
 *     them.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "IterationsView".
 */
export interface IterationsView {
  kind: "iterations";
  iterations: number[];
  tensors: Terms[];
}
/**
 * The terms of the gradient of the tensor `name`, one per iteration, with their norms; `total`
 *     is the gradient at the end, empty if these are not all of its terms.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Terms".
 */
export interface Terms {
  name: string;
  terms: string[];
  norms: number[];
  total: string;
}
/**
 * A classifier of the points `name` in the plane, with their classes `labels`, pass by pass.
 *
 *     The squares fill the plane from `low` to `high`, `size` per side; each has the class that the
 *     model predicts at its centre, evaluated from the run's own parameters. `meant` are the numbers
 *     that encode the classes 0 and 1 where the loss compares numbers, empty elsewhere.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "BoundaryView".
 */
export interface BoundaryView {
  kind: "boundary";
  name: string;
  points: [number, number][];
  labels: number[];
  meant: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  low: [number, number];
  /**
   * @minItems 2
   * @maxItems 2
   */
  high: [number, number];
  size: number;
  passes: BoundaryPass[];
}
/**
 * The plane as a model classifies it in backward pass `number`: the class of each square
 *     (`cells`, a digit each, from the top left), and at each point its recorded result and the class
 *     that it means. `loss` is the pass's.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "BoundaryPass".
 */
export interface BoundaryPass {
  number: number;
  loss: string;
  cells: string;
  results: string[];
  predicted: number[];
}
/**
 * A table: the gradient of a vertex at the steps `first <= step < last`, and its norm `size`.
 *
 *     The norm leaves nan and inf out; `strange` is "nan" or "inf" if there is one.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Gradients".
 */
export interface Gradients {
  vertex: number[];
  first: number[];
  last: number[];
  text: string[];
  size: number[];
  strange: string[];
}
/**
 * An open group around visible boxes; `within` is the one around it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OpenGroup".
 */
export interface OpenGroup {
  name: string;
  kind: string;
  within: string | null;
}
/**
 * A backward pass: its first and last step, the loop iteration, the value that it began at.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Pass".
 */
export interface Pass {
  number: number;
  first: number;
  last: number;
  iteration: string | null;
  value: number | null;
  text: string;
}
/**
 * All backward passes of a run: their number, their curves, the first one with nan or an
 *     infinity, the one with the largest gradient, and a notice about them.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Training".
 */
export interface Training {
  passes: number;
  curves: LossCurve[];
  strange: number | null;
  largest: number | null;
  notice: string;
}
/**
 * The values at which the backward passes of one call of the program began, kept or not: the
 *     pass numbers and, for each, the value, None where it is no finite number.
 *
 *     `name` is the result's, `line` that of the call.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LossCurve".
 */
export interface LossCurve {
  name: string;
  line: number;
  numbers: number[];
  values: (number | null)[];
}
/**
 * A tensor that training changes, with its value when each pass began.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Path".
 */
export interface Path {
  name: string;
  values: number[];
}
/**
 * A table: the entries that a search finds in folded groups, and the group's vertex.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Folded".
 */
export interface Folded {
  name: string[];
  operation: string[];
  line: number[];
  vertex: number[];
}
/**
 * A step: number `place` of the `count` of its `half` in a pass. None in `formula` ends a line.
 *
 *     `vertex` is the box that it is about, or -1; `held` is by vertex, and so are the `products` of a
 *     backward step in numbers; `moment` is the time of the step, independent of folding; `focus` must
 *     be in view.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Frame".
 */
export interface Frame {
  half: "backward" | "forward" | "update" | "write";
  pass_number: number | null;
  place: number;
  count: number;
  caption: Said[];
  formula: (Written | null)[];
  span: Span | null;
  vertex: number;
  held: {
    [k: string]: Held;
  };
  products: {
    [k: string]: (Written | null)[];
  };
  moment: number;
  ask: Question | null;
  focus: Rectangle;
}
/**
 * A formula of a step: its index in `Picture.formulas`, and its tone.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Written".
 */
export interface Written {
  formula: number;
  tone: "gradient" | "leaf" | "muted" | "name" | "plain" | "value";
}
/**
 * The content of `.grad` before a step, the term that the step adds, the content after it.
 *
 *     None for None in `.grad`, "" if nothing is added but the program itself writes.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Held".
 */
export interface Held {
  before: string | null;
  added: string | null;
  after: string | null;
}
/**
 * A rectangle by its edges.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Rectangle".
 */
export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
/**
 * A piece of a run's output: printed or echoed, or to stderr.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Printed".
 */
export interface Printed {
  text: string;
  stream: "err" | "out";
}
/**
 * The data of the explanations panel; folded (not `whole`), only its bar's.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Explained".
 */
export interface Explained {
  words: any;
  whole: boolean;
  rules: Rule[];
  missing: number;
  life: Life;
  absent?: string;
  steps?: ExplainedStep[];
  forward?: Mode[];
  curves?: Curve[];
  reasons?: Reason[];
  ordinary?: Reason[];
  contour?: Contour;
}
/**
 * A chain rule; folded, only its name and badge are sent.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Rule".
 */
export interface Rule {
  name: string;
  badge: Judged;
  left?: string;
  terms?: Term[];
  total?: string;
  paths?: Product[];
  count?: number | string;
}
/**
 * The agreement of several ways to a number, and its sentence.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Judged".
 */
export interface Judged {
  state: string;
  text: string;
}
/**
 * A term of a sum over uses: the gradient that came back through `by`, and its number of
 *     paths.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Term".
 */
export interface Term {
  text: string;
  by: string;
  frame: number;
  paths: number | string;
}
/**
 * The product along one path: multiplied out, if it is `short`, and its value.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Product".
 */
export interface Product {
  factors: Factor[];
  short: string;
  by: string;
  product: string;
}
/**
 * A factor of a product in MathML, as a derivative, as a formula, and in numbers.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Factor".
 */
export interface Factor {
  partial: string;
  symbol: string;
  number: string;
  frame: number;
  kind: string;
}
/**
 * The life of `.grad` and of saved tensors; folded, only the number of spoiled leaves.
 *
 *     `repair` clears their gradients.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Life".
 */
export interface Life {
  forgotten: number;
  repair?: RepairOffer;
  leaves?: LeafLife[];
  others?: string[];
  saved?: string[];
}
/**
 * An edit that mends an error or a mistake: what it does, and the program's text after it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "RepairOffer".
 */
export interface RepairOffer {
  label: string;
  text: string;
}
/**
 * The life of a leaf's `.grad`; `more` events are left out.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LeafLife".
 */
export interface LeafLife {
  name: string;
  why: string;
  events: Happened[];
  more: number;
  mend: string;
}
/**
 * An event of a leaf's `.grad`, and the step that was forgotten before it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Happened".
 */
export interface Happened {
  text: string;
  frame: number | null;
  forgotten: string;
}
/**
 * A backward step at frame `frame`; the forward run made its result at frame `made`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ExplainedStep".
 */
export interface ExplainedStep {
  frame: number;
  op: Said;
  start: string;
  result: string;
  arrived: Grid;
  operands: StepOperand[];
  pass_number: number;
  made: number | null;
  forward: Pushed[];
}
/**
 * A small matrix, row by row.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Grid".
 */
export interface Grid {
  rows: number;
  columns: number;
  cells: Cell[];
}
/**
 * A number of a grid as text; `number` tints the cell, None if it has none.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Cell".
 */
export interface Cell {
  text: string;
  number: number | null;
}
/**
 * The Jacobian of a step by one operand, and the gradient sent there.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "StepOperand".
 */
export interface StepOperand {
  slot: number;
  name: string;
  matrix: Grid;
  kind: string;
  formula: string;
  sent: Grid | null;
}
/**
 * A step's Jacobian-vector products for one seed, by operand, and their sum.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Pushed".
 */
export interface Pushed {
  parts: {
    [k: string]: Push;
  };
  total: Grid | null;
}
/**
 * The tangent of an operand, and its product with the Jacobian.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Push".
 */
export interface Push {
  tangent: Grid | null;
  product: Grid | null;
}
/**
 * Forward mode for the pass that ends at frame `until`; `tangents` are by seed, then by row.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Mode".
 */
export interface Mode {
  pass_number: number;
  count: string;
  less: string;
  seeds: string[];
  rows: DualRow[];
  left_out: number;
  tangents: string[][];
  ends: Judged[];
  until: number;
}
/**
 * A tensor of forward mode, its operation, and the rule of its tangent.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "DualRow".
 */
export interface DualRow {
  name: string;
  made: string;
  value: string;
  rule: string;
  frame: number | null;
}
/**
 * The result over one element; `gradient` is autograd's, if it differs from the curve's
 *     slope.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Curve".
 */
export interface Curve {
  name: string;
  root: string;
  points: CurvePoint[];
  here: string;
  gradient: number | null;
}
/**
 * A point of a curve with its slope, as numbers and as text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "CurvePoint".
 */
export interface CurvePoint {
  x: number | null;
  y: number | null;
  slope: number | null;
  x_text: string;
  y_text: string;
  slope_text: string;
}
/**
 * The reason why a tensor has no gradient; `at` is the vertex where it went missing.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Reason".
 */
export interface Reason {
  name: string;
  line: number | null;
  at: number | null;
  why: Said[];
  mend: Said[];
}
/**
 * The elements of program `base` to choose from, and the plot over those `asked` for.
 *
 *     `drawn` is a Plot, or NoPlot, or None before the first request.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Contour".
 */
export interface Contour {
  names: string[];
  base: string;
  asked: number[] | null;
  drawn: any;
}
/**
 * A change that a visitor requests.
 *
 *     `at` is the index in `Trace.inputs` or `Trace.calls`; for "try", in the ideas of the lesson, one
 *     of which has a what-if. Changes of one `drag` are one entry of the history. Undo and redo are
 *     repeated `times` times.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Change".
 */
export interface Change {
  kind:
    | "change"
    | "drop"
    | "jump"
    | "keep"
    | "number"
    | "redo"
    | "remove"
    | "seed"
    | "shape"
    | "step"
    | "swap"
    | "switch"
    | "try"
    | "undo"
    | "whatif"
    | "wrap";
  at?: number;
  index?: number[];
  text?: string;
  on?: boolean;
  drag?: number | null;
  times?: number;
}
/**
 * A request for the choices of an operation, next to `anchor`: by its index among the program's
 *     calls or by a position in the text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Operation".
 */
export interface Operation {
  anchor: Rectangle;
  at?: number;
  line?: number;
  column?: number;
}
/**
 * A request to open something next to `anchor`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Anchored".
 */
export interface Anchored {
  anchor: Rectangle;
}
/**
 * The stage's data: see page/panels/stage.py. `row` is the width of the picture's rows, `rows`
 *     lists the available widths, the narrowest first.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "StageData".
 */
export interface StageData {
  picture: Picture;
  plotly: string;
  program: Program | null;
  state: "error" | "ready" | "running" | "stale";
  run: number;
  step: number | null;
  speed: number | null;
  node: string | null;
  view: number[] | null;
  colour: string | null;
  names: boolean;
  hide_constants: boolean;
  predict: boolean;
  present: boolean;
  embedded: boolean;
  asked: string;
  folded: number;
  pass_answered: number;
  chosen_pass: number | null;
  row: number;
  rows: number[];
}
/**
 * The data of the inputs panel: see page/panels/inputs.py.
 *
 *     `undo` and `redo` name the changes that they would revert and repeat.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "InputsData".
 */
export interface InputsData {
  inputs: InputRow[];
  calls: CallRow[];
  session: string;
  revision: number;
  run: number;
  live: boolean;
  answered: number;
  undo: string | null;
  redo: string | null;
  whatif: boolean;
  labels: {
    [k: string]: string;
  };
}
/**
 * A literal to change; `fields` are its numbers as text, one list per row.
 *
 *     `owner` is the layer whose argument it is, "" for any other literal.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "InputRow".
 */
export interface InputRow {
  at: number;
  kind: string;
  name: string;
  owner: string;
  line: number;
  shape: number[];
  fields: string[][];
  switch: Switch | null;
}
/**
 * A flag of the program, on or off; `at` is its index in `Trace.inputs`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Switch".
 */
export interface Switch {
  at: number;
  on: boolean;
}
/**
 * An operation to change; `at` is its index in `Trace.calls`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "CallRow".
 */
export interface CallRow {
  at: number;
  name: string;
  line: number;
  op: string;
  operands: Operand[];
}
/**
 * An operand of an operation, and its index in `Trace.inputs` if it is a number.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Operand".
 */
export interface Operand {
  at: number | null;
  text: string;
}
/**
 * The data of the changes panel: `whatif` are the rows of "what if", if it is on.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ChangesData".
 */
export interface ChangesData {
  calls: CallMark[];
  choices: Choices | null;
  history: States;
  whatif: Compared[] | null;
  revision: number;
  live: boolean;
  labels: {
    [k: string]: string;
  };
}
/**
 * An operation with its label in the choice, and the span of its text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "CallMark".
 */
export interface CallMark {
  name: string;
  span: Span;
  text: string;
  shape: string;
}
/**
 * The changes that call `at` allows, by kind; not `complete` if there was no time to try
 *     all.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Choices".
 */
export interface Choices {
  at: number;
  complete: boolean;
  kinds: {
    [k: string]: Choice[];
  };
}
/**
 * An operation that fits instead: its label, the shape of its result, the text it would
 *     write.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Choice".
 */
export interface Choice {
  to: string;
  keep: number;
  label: string;
  shape: string;
  writes: string;
  stops: Stops | null;
}
/**
 * The error with which a choice ends the program: its place, and Python's message.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Stops".
 */
export interface Stops {
  mark: string;
  why: string;
}
/**
 * The texts of the history, oldest first, each by the change that led to it, and the current
 *     one.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "States".
 */
export interface States {
  now: number;
  names: string[];
}
/**
 * A row of "what if".
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Compared".
 */
export interface Compared {
  name: string;
  value: Pair;
  grad: Pair;
}
/**
 * A tensor before a change and after it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Pair".
 */
export interface Pair {
  before: Side;
  after: Side;
  changed: boolean;
}
/**
 * A tensor shortened for a cell, and whole for its tooltip.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Side".
 */
export interface Side {
  text: string;
  whole: string;
}
/**
 * The data of the output panel, and the number of the run in the session.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OutputData".
 */
export interface OutputData {
  label: string;
  name: string;
  empty: string;
  pieces: Printed[];
  run: number;
}
/**
 * The data of the program's editor: see page/panels/program.py.
 *
 *     `editor` and `meanings` are addresses: of the editor's bundle, if there is one, and of the names
 *     that it completes. `files` are those beside the program.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ProgramData".
 */
export interface ProgramData {
  value: string;
  revision: number;
  taken: number;
  session: string;
  kept: string;
  opened: number;
  ran: string;
  run: number;
  read: boolean;
  marks: Mark[];
  alert: Alert | null;
  language: string;
  labels: {
    [k: string]: string;
  };
  colours: {
    [k: string]: string;
  };
  editor: string | null;
  meanings: string;
  files: BesideFile[];
}
/**
 * A marked span of the text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Mark".
 */
export interface Mark {
  line: number;
  kind: "error";
  span: Span;
}
/**
 * An error in parts: its place, a sentence, Python's or PyTorch's own words, the fix, and the
 *     state of the picture.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Alert".
 */
export interface Alert {
  sentence: string;
  place?: string;
  message?: string;
  hint?: string;
  picture?: string;
  repairs?: RepairOffer[];
}
/**
 * A file that the visitor opened beside the program, and its size in words.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "BesideFile".
 */
export interface BesideFile {
  name: string;
  size: string;
}
/**
 * The data of the lesson's panel, which is not shown without ideas and goal.
 *
 *     `brought` is the lesson itself if the server does not have it: the browser keeps it. `own` is a
 *     program of the visitor's for it to keep.
 *     `taken` is the last choice that has arrived.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LessonData".
 */
export interface LessonData {
  slug: string;
  title: string;
  brought: BroughtLesson | null;
  own: OwnProgram | null;
  taken: number;
  question: string;
  ideas: Idea[];
  predict: LessonPrediction | null;
  goal: LessonGoal | null;
  wrong: string;
  recap: string;
  next: LessonLink | null;
  labels: {
    [k: string]: string;
  };
}
/**
 * The text of a lesson that came in a file or a link, and its title.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "BroughtLesson".
 */
export interface BroughtLesson {
  title: string;
  text: string;
}
/**
 * A program of the visitor's own; a later text with the same key takes its place.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OwnProgram".
 */
export interface OwnProgram {
  key: string;
  text: string;
}
/**
 * An idea of a lesson, and the step that shows it, if the program has one.
 *
 *     `holds`: the numbers in its text are those of the run. `panel` is the explanation that it opens,
 *     `unfold` the id of the folded group that it opens first ("" for none). `asks`: its gradient is
 *     asked for before the text is shown. `change` is the what-if that it offers to try ("" for none).
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Idea".
 */
export interface Idea {
  text: string;
  answer: string;
  step: number | null;
  holds: boolean;
  panel: string | null;
  unfold: string;
  asks: boolean;
  change: string;
}
/**
 * A lesson's question with its choices. `step` is the one that it is about, None if it is
 *     about none of this program.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LessonPrediction".
 */
export interface LessonPrediction {
  question: string;
  choices: LessonChoice[];
  step: number | null;
}
/**
 * One answer to a lesson's prediction.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LessonChoice".
 */
export interface LessonChoice {
  text: string;
  why: string;
  right: boolean;
}
/**
 * A lesson's goal, and the last run's verdict with its `reason`.
 *
 *     `hints` open one by one; the last one is the solution.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LessonGoal".
 */
export interface LessonGoal {
  text: string;
  standing: "by_hand" | "open" | "reached";
  reason: string;
  hints: string[];
}
/**
 * A lesson that can be opened.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "LessonLink".
 */
export interface LessonLink {
  slug: string;
  title: string;
}
/**
 * A contour plot in pixels; `names` and `ticks` are of x, then of y; points are (x, y).
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Plot".
 */
export interface Plot {
  whole: Area;
  inner: Area;
  names: string[];
  ticks: Tick[][];
  defined: string | null;
  bands: string[];
  lines: string[];
  labels: Label[];
  point: number[];
  arrow: number[] | null;
  way: number[][];
  reached: ReachedPoint[];
  text: string[];
}
/**
 * A part of a drawing.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Area".
 */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}
/**
 * A number on an axis, `at` in pixels.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Tick".
 */
export interface Tick {
  at: number;
  text: string;
}
/**
 * The height of a contour line, as a number on it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Label".
 */
export interface Label {
  x: number;
  y: number;
  text: string;
}
/**
 * The point of a training path at which backward pass `number` begins: its place on the path,
 *     and its numbers.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ReachedPoint".
 */
export interface ReachedPoint {
  number: number;
  place: number;
  text: string;
}
/**
 * The reason why there is no contour plot.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "NoPlot".
 */
export interface NoPlot {
  why: string;
}
/**
 * The data of the address bar.
 *
 *     `query` are the parameters of the program and the language. `act` counts the visitor's changes
 *     of the program: each is an entry of the browser's history. `went` counts the moves back or
 *     forward that were answered; `session` owns these counts. `away` is the sentence that is shown
 *     while the server does not answer.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "AddressData".
 */
export interface AddressData {
  query: {
    [k: string]: string;
  };
  theme: string;
  act: number;
  session: string;
  went: number;
  away: string;
}
/**
 * The data of the gallery. `taken` is the last pick that has arrived. `course` is one that the
 *     browser has not kept yet.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "GalleryData".
 */
export interface GalleryData {
  chapters: Chapter[];
  course: BroughtCourse | null;
  current: string | null;
  taken: number;
  labels: {
    [k: string]: string;
  };
}
/**
 * A chapter of the gallery.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Chapter".
 */
export interface Chapter {
  name: string;
  lessons: GalleryLesson[];
}
/**
 * A lesson in the gallery: `order` is its place on the path, None for a side road; `image` the
 *     address of its picture.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "GalleryLesson".
 */
export interface GalleryLesson {
  slug: string;
  title: string;
  order: number | null;
  image: string;
}
/**
 * A course that came in a file, in its order, for the browser to keep; `key` is another one for
 *     each file.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "BroughtCourse".
 */
export interface BroughtCourse {
  key: string;
  name: string;
  lessons: CourseLesson[];
}
/**
 * A lesson of a course that came in a file: its text, and its title.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "CourseLesson".
 */
export interface CourseLesson {
  slug: string;
  title: string;
  text: string;
}
/**
 * Maximum bytes of a file to open, the id of the last one that was accepted, and the words that
 *     are shown while one is opened.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OpeningData".
 */
export interface OpeningData {
  most: number;
  taken: number | null;
  opening: string;
}
/**
 * The data of a room's bar.
 *
 *     `code` is the room that the page is in, None for none. `secret` is that of a room which this
 *     session leads, `me` the name of this device there, `shown` the page's program as a room names
 *     it, `link` and `qr` (an image's data URI) lead into the room.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "RoomData".
 */
export interface RoomData {
  code: string | null;
  secret: string | null;
  me: string;
  shown: string;
  link: string;
  qr: string | null;
  session: string;
  labels: {
    [k: string]: string;
  };
}
/**
 * The data of the share panel: the link and its QR code, the snippet, the program as a file.
 *
 *     `changed`: the program is not the lesson's. `maker` is the address of the script that makes
 *     videos, None if it was not built. `save` is the file that was asked for.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ShareData".
 */
export interface ShareData {
  link: string;
  qr: string | null;
  note: string;
  embed: string;
  program: string;
  file: string;
  changed: boolean;
  maker: string | null;
  save: Saved | null;
  labels: {
    [k: string]: string;
  };
}
/**
 * A file that the browser is to save: its name, its media type, and its bytes in base64.
 *
 *     A video's are those of the animated WebP that the browser makes it of.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Saved".
 */
export interface Saved {
  number: number;
  name: string;
  kind: string;
  body: string;
}
/**
 * The theme that the visitor sees ("light" or "dark"), and the switch's label.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ThemeData".
 */
export interface ThemeData {
  theme: string;
  label: string;
}
/**
 * Choice number `count` of a lesson; one that the server does not have comes with its text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Chosen".
 */
export interface Chosen {
  slug: string;
  count: number;
  text?: string | null;
}
/**
 * Pick number `count` in the gallery: a lesson, a program's text, an empty program, or the text
 *     of a lesson called `name` that the visitor opened before. "kept" is no pick: the browser keeps
 *     the course with this key.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Picked".
 */
export interface Picked {
  kind?: "" | "blank" | "kept" | "lesson" | "opened" | "program";
  value?: string;
  name?: string;
  count?: number;
}
/**
 * Requests of the stage that the server has not answered yet.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Fold".
 */
export interface Fold {
  groups: FoldRequest[];
}
/**
 * Request number `number`: a group to be opened ("ID") or folded ("-ID").
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "FoldRequest".
 */
export interface FoldRequest {
  number: number;
  group: string;
}
/**
 * Request number `number`: also record a backward pass of the text with this revision.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "PassRequest".
 */
export interface PassRequest {
  number: number;
  pass_number: number;
  revision: number;
}
/**
 * A change of the text that the visitor saw, of revision `base`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ChangeRequest".
 */
export interface ChangeRequest {
  kind:
    | "change"
    | "drop"
    | "jump"
    | "keep"
    | "number"
    | "redo"
    | "remove"
    | "seed"
    | "shape"
    | "step"
    | "swap"
    | "switch"
    | "try"
    | "undo"
    | "whatif"
    | "wrap";
  at?: number;
  index?: number[];
  text?: string;
  on?: boolean;
  drag?: number | null;
  times?: number;
  id: number;
  base: number;
}
/**
 * The call of revision `base` whose choice was opened.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Ask".
 */
export interface Ask {
  at: number;
  base: number;
}
/**
 * A text to run: the last of a `burst` of typing, or, if `paused`, after a mere pause in it.
 *
 *     It was typed on top of the text of revision `base`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Wanted".
 */
export interface Wanted {
  id: number;
  base: number;
  text: string;
  burst: number;
  paused: boolean;
}
/**
 * A request to remove a file beside the program.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Removed".
 */
export interface Removed {
  id: number;
  name: string;
}
/**
 * A request of the explanations panel for a plot over two elements of program `base`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Survey".
 */
export interface Survey {
  x: number;
  y: number;
  base: string;
}
/**
 * The browser moved to another address by itself, for the `count`th time.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Went".
 */
export interface Went {
  query: string;
  count: number;
}
/**
 * A file that a visitor chose; `text` is None if it is too `large` or not UTF-8. That of a zip
 *     file is its bytes in base64.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OpenedFile".
 */
export interface OpenedFile {
  id: number;
  name: string;
  text: string | null;
  large: boolean;
}
/**
 * The secret of a room that this browser has opened, shown for the `count`th time.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "RoomLead".
 */
export interface RoomLead {
  code: string;
  secret: string;
  count: number;
}
/**
 * A message to the pages of a room: program number `program` as the parameters of a link, and
 *     the teacher's step and selected box.
 *
 *     `query` is "" if the page has got this program. `followers` are the pages that follow. `page` is
 *     the name under which this page answers, in its first message. `by` names the teacher's device
 *     that went there; `devices` is the number of those that lead, for the teacher's pages only.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "RoomState".
 */
export interface RoomState {
  program: number;
  query: string;
  step: number | null;
  node: string | null;
  followers: number;
  ended: boolean;
  question: RoomQuestion | null;
  page?: string;
  by?: string;
  devices?: number;
}
/**
 * Question number `number` of a room, answered by one of `choices`, or freely without any.
 *
 *     `answered` counts the pages that have answered. `tallies` are None until the teacher shows them.
 *     A question about a "step" is the picture's own about the gradient of `step`, one about the
 *     "goal" is answered by each page as soon as the lesson's goal is reached there.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "RoomQuestion".
 */
export interface RoomQuestion {
  number: number;
  text: string;
  choices: string[];
  answered: number;
  tallies: Tally[] | null;
  about?: "goal" | "step" | "words";
  step?: number | null;
}
/**
 * An answer to a room's question, and the number of pages that gave it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Tally".
 */
export interface Tally {
  answer: string;
  count: number;
}
/**
 * The data of a standalone file: the stage, the explanations, and the program's text.
 *
 *     `picture` is the number under which a notebook's kernel knows it, "" in a file.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Standalone".
 */
export interface Standalone {
  stage: StageData;
  explain: Explained;
  source: string;
  picture: string;
}
/**
 * Question number `ask` to a notebook's kernel: a picture, with all requests so far.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "KernelAsked".
 */
export interface KernelAsked {
  ask: number;
  picture: string;
  groups: FoldRequest[];
}
/**
 * The answer to question `ask`: a `Standalone` as JSON; None for another kernel's picture.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "KernelAnswer".
 */
export interface KernelAnswer {
  ask: number;
  held: string | null;
}
