/* Made of viz_app/browser.py by make types. */

export interface Browser {}
/**
 * The window events by name, with what each tells; None for those that tell nothing more.
 *
 *     "viz:live" has None when the panels are to show again what the server gave them; "viz:drawn"
 *     when the picture is not of the present text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Events".
 */
export interface Events {
  "viz:step": Step;
  "viz:goto": Goto;
  "viz:stale": Standing;
  "viz:drawn": Program | null;
  "viz:view": View;
  "viz:live": Live | null;
  "viz:wish": Change;
  "viz:operation": Operation;
  "viz:history": Beside;
  "viz:whatif": Beside;
  "viz:open": null;
  "viz:printed": null;
  "viz:free": null;
}
/**
 * The picture is at a step, and the line of the program that belongs to it.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Step".
 */
export interface Step {
  step: number;
  line: number | null;
  span: Span | null;
  phase: "backward" | "forward";
}
/**
 * A stretch of the program's text: `arrays.Span`, whose places have names here.
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
 * The picture is to go to a step, or to show a vertex.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Goto".
 */
export interface Goto {
  step?: number;
  vertex?: number;
}
/**
 * How the text in the editor stands to the picture.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Standing".
 */
export interface Standing {
  state: "ready" | "running" | "stale";
}
/**
 * The text of a picture, its revision, and which opened program it is.
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
 * What a link remembers of what is seen; None is the default.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "View".
 */
export interface View {
  step: number;
  speed: number | null;
  node: string | null;
  view: string | null;
  colour: string | null;
  predict: string | null;
  playing: boolean;
}
/**
 * What the page shows of a number while it is dragged; the picture is None where the run left
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
 * All that the stage draws and says.
 *
 *     `of` is the vertex that each element of the figure belongs to, or -1 - its link's index. A
 *     picture with the same `structure` has the same boxes, links and number of steps; with the same
 *     `drawn`, the same figure, which may then be left out; with the same `version`, all the same.
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
  width: number;
  height: number;
  layers: Layer[];
  figure: Figure;
  of: number[];
  shape_marks: ShapeMarks;
  text_marks: TextMarks;
  vertices: Vertex[];
  gradients: Gradients;
  groups: {
    [k: string]: OpenGroup;
  };
  passes: Pass[];
  paths: Path[];
  folded: Folded;
  frames: Frame[];
  formulas: string[];
  words: {
    [k: string]: string;
  };
  structure?: string;
  drawn?: string;
  version?: string;
  note?: string;
}
/**
 * A layer of the drawing: its style, and what else the browser does with it.
 *
 *     `strong` are the properties that the projector's switch makes stronger. `small` says what
 *     becomes of it in a picture that is seen from afar: it stays, is hidden, or its text grows, and
 *     is cut to the end of a dotted name. A mark's weight is the `width` of a line or how opaque a
 *     `cell` is. A `pulse` travels the lines that begin at a step. A `shadow` stands for a box that is
 *     not there yet.
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
 * A table: the layer that a text has at the steps `first <= step < last`, and what it says.
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
 * A box of the picture and all that is said of it; `first` is the step at which it appears.
 *
 *     `within` is the open group around it. `opens` and `folds` are the groups that a click opens or
 *     folds; `group` is the one that it is itself. `change` is the place of its operation in the
 *     program. `parts` are the autograd nodes of a folded call. `row` says that it has a row in the
 *     table, `asks` that its tensor requires a gradient.
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
}
/**
 * A vertex's middle, the room it has for the pointer, and the size of the body itself.
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
 * A name beside its text.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Named".
 */
export interface Named {
  name: string;
  text: string;
}
/**
 * Why a tensor has no gradient at the end, and what can be done about it.
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
 * A stretch of a sentence in one tone.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Said".
 */
export interface Said {
  text: string;
  tone?: "gradient" | "leaf" | "muted" | "name" | "plain" | "value";
}
/**
 * A table: the gradient of a vertex at the steps `first <= step < last`, and its norm `size`.
 *
 *     The norm leaves nan and inf out; `strange` is "nan" or "inf" where there is one.
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
 * An open group around boxes that are seen; `within` is the one around it.
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
 * A backward pass: its first and last step, the loop's turn, the value that it began at.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Pass".
 */
export interface Pass {
  number: number;
  first: number;
  last: number;
  turn: string | null;
  value: number | null;
  text: string;
}
/**
 * A tensor that training moves, with its value when each pass began.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Path".
 */
export interface Path {
  name: string;
  values: number[];
}
/**
 * A table: what a search finds in folded groups, and the vertex of the group.
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
 * A step: number `place` of the `count` in its half of its pass. None in `formula` ends a line.
 *
 *     `vertex` is the box that it is about, or -1; `held` is by vertex; `moment` is the time of the
 *     step however the picture is folded; `focus` has to be in view.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Frame".
 */
export interface Frame {
  half: "backward" | "forward";
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
  moment: number;
  ask: Question | null;
  focus: Rectangle;
}
/**
 * A formula of a step: its place in `Picture.formulas`, and its tone.
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
 *     None for None in `.grad`, "" where nothing is added but the program itself writes.
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
 * A gradient to predict: the right numbers, of a whole tensor or of its element at `place`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Question".
 */
export interface Question {
  vertex: number;
  kind: "grad" | "send";
  node: string;
  name: string;
  place: string;
  numbers: number[];
  slips: Slip[];
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
 * A piece of what a run wrote: printed or echoed, or to stderr.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Printed".
 */
export interface Printed {
  text: string;
  stream: "err" | "out";
}
/**
 * What the panel of explanations is given; folded, not `whole`: only what its bar says.
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
 * How ways to a number agree, and the sentence that says so.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Judged".
 */
export interface Judged {
  state: string;
  text: string;
}
/**
 * A term of a sum over uses: what came back through `by`, by how many paths.
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
 * The product along one path: multiplied out, if it is `short`, and what it comes to.
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
 * The life of `.grad` and of saved tensors; folded, only how many leaves are spoiled.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Life".
 */
export interface Life {
  forgotten: number;
  leaves?: LeafLife[];
  others?: string[];
  saved?: string[];
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
 * What happened to a leaf's `.grad`, and what was forgotten before it.
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
  op: string;
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
 * A number of a grid as it is written; `number` tints the cell, None where it has none.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Cell".
 */
export interface Cell {
  text: string;
  number: number | null;
}
/**
 * The Jacobian of a step by one operand, and what was sent there.
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
 * A tensor of forward mode, what it was made of, and the rule of its tangent.
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
 * The result over one element; `gradient` is autograd's, where the curve's slope is another.
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
 * A point of a curve with its slope, as numbers and as they are written.
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
 * Why a tensor has no gradient; `at` is the vertex where it went missing.
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
 * The elements that can be chosen of program `base`, and the plot over those `asked` for.
 *
 *     `drawn` is a Plot, or NoPlot, or None before anything was asked.
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
 * A change that a visitor wants.
 *
 *     `at` is the place in `Trace.inputs` or `Trace.calls`. Changes of one `drag` are one entry of
 *     the history. Undo and redo go so many `times`.
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
 * The choice of an operation is wanted, beside `anchor`: by its place in the program's calls or
 *     by a place of the text.
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
 * Something is to open beside `anchor`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Beside".
 */
export interface Beside {
  anchor: Rectangle;
}
/**
 * What the stage is given: see page/stage.py.
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
  predict: boolean;
  asked: string;
  folded: number;
}
/**
 * What the panel of inputs and operations is given: see page/inputs.py.
 *
 *     `undo` and `redo` are what they would take back and do again.
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
  aside: boolean;
  labels: {
    [k: string]: string;
  };
}
/**
 * A literal to change; `fields` are its numbers as they are written, a list per row.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "InputRow".
 */
export interface InputRow {
  at: number;
  kind: string;
  name: string;
  line: number;
  shape: number[];
  fields: string[][];
  switch: Switch | null;
}
/**
 * A flag of the program, and whether it is on; `at` is its place in `Trace.inputs`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Switch".
 */
export interface Switch {
  at: number;
  on: boolean;
}
/**
 * An operation to change; `at` is its place in `Trace.calls`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "CallRow".
 */
export interface CallRow {
  at: number;
  name: string;
  op: string;
  operands: Operand[];
}
/**
 * An operand of an operation, and its place in `Trace.inputs` if it is a number.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Operand".
 */
export interface Operand {
  at: number | null;
  text: string;
}
/**
 * What the panel of changes is given: `aside` are the rows of "what if", if it is on.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ChangesData".
 */
export interface ChangesData {
  calls: CallMark[];
  choices: Choices | null;
  history: States;
  aside: Compared[] | null;
  revision: number;
  live: boolean;
  labels: {
    [k: string]: string;
  };
}
/**
 * An operation as its choice names it, and where its text stands.
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
 * What call `at` can become, by kind; not `complete` when there was no time to try all.
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
 * An operation that fits instead: its label, the shape of its result, what it would write.
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
 * A choice ends the program with an error: where, and Python's words.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Stops".
 */
export interface Stops {
  mark: string;
  why: string;
}
/**
 * The texts there are, oldest first, each by what led to it, and which of them is seen now.
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
 * A tensor as a cell shows it, and whole in its tip.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Side".
 */
export interface Side {
  text: string;
  whole: string;
}
/**
 * What the panel of printed text is given, and the number of the run in the session.
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
 * What the program's editor is given: see page/program.py.
 *
 *     `editor` and `meanings` are addresses: of the editor's bundle, if there is one, and of the names
 *     that it completes.
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
  alert: {
    [k: string]: string;
  } | null;
  language: string;
  labels: {
    [k: string]: string;
  };
  colours: {
    [k: string]: string;
  };
  editor: string | null;
  meanings: string;
}
/**
 * A place of the text that is marked.
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
 * What the list of a lesson's ideas is given.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "IdeasData".
 */
export interface IdeasData {
  label: string;
  jump: string;
  unseen: string;
  ideas: Idea[];
}
/**
 * An idea of a lesson, and the step at which it is seen, if the program has one.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Idea".
 */
export interface Idea {
  text: string;
  answer: string;
  step: number | null;
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
 * A number at an axis, `at` in pixels.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Tick".
 */
export interface Tick {
  at: number;
  text: string;
}
/**
 * A number on the line of its height.
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
 * Why there is no contour plot.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "NoPlot".
 */
export interface NoPlot {
  why: string;
}
/**
 * What the address bar is given.
 *
 *     `query` are the parameters of the program and the language. `act` counts what the visitor did to
 *     the program: each is an entry of the browser's history. `went` counts the ways back that were
 *     answered; `session` is whose these counts are.
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
}
/**
 * Maximum bytes of a file to open, and the id of the last one that was taken.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "OpeningData".
 */
export interface OpeningData {
  most: number;
  taken: number | null;
}
/**
 * What there is to share: the link and its QR code, the snippet, the program as a file.
 *
 *     `changed` says that the program is not the lesson's.
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
  labels: {
    [k: string]: string;
  };
}
/**
 * The theme that the visitor sees ("light" or "dark"), and what the switch does.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "ThemeData".
 */
export interface ThemeData {
  theme: string;
  label: string;
}
/**
 * Wishes of the stage that the server has not answered.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Fold".
 */
export interface Fold {
  groups: FoldWish[];
}
/**
 * Wish number `number`: a group to be opened ("ID") or folded ("-ID").
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "FoldWish".
 */
export interface FoldWish {
  number: number;
  group: string;
}
/**
 * A change of the text that the visitor saw, of revision `base`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Wish".
 */
export interface Wish {
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
 * A text that is to be run: the last of a `burst` of typing, or after a mere pause in it.
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
 * The panel of explanations asks for a plot over two elements of program `base`.
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
 * The address went somewhere by itself, for the `count`th time.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Went".
 */
export interface Went {
  query: string;
  count: number;
}
/**
 * A file that a visitor chose; `text` is None for one that is too `large` or no UTF-8.
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
