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
  picture: any;
  printed: any[] | null;
  explain: any;
  state: "error" | "ready" | "running" | "stale";
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
 * Something is to open beside `anchor`.
 *
 * This interface was referenced by `Browser`'s JSON-Schema
 * via the `definition` "Beside".
 */
export interface Beside {
  anchor: Rectangle;
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
