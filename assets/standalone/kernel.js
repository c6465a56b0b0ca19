// Passes messages between a notebook's pictures, each in a frame of an origin of its own, and the
// kernel: viz_app/kernel.py. anywidget runs it once per kernel; it shows nothing.

/** @import { KernelAnswer, KernelAsked } from "../browser.js" */

export default {
  /** @param {{ model: {
   *   send: (asked: KernelAsked) => void,
   *   on: (name: string, receive: (answer: KernelAnswer) => void) => void } }} given */
  initialize({ model }) {
    /** @type {Map<number, MessageEventSource | null>} */
    const asking = new Map();
    let last = 0;

    /** @param {MessageEvent} event */
    function receive({ data, source }) {
      const asked = data?.vizAsked;
      if (typeof asked?.picture !== "string") return; // another frame's own
      last += 1;
      asking.set(last, source);
      model.send({ ask: last, picture: asked.picture, groups: asked.groups });
    }

    model.on("msg:custom", ({ ask, held }) => {
      const frame = /** @type {Window | null | undefined} */ (asking.get(ask));
      asking.delete(ask);
      if (held !== null) frame?.postMessage({ vizHeld: held }, "*"); // an origin without a name
    });

    window.addEventListener("message", receive);
    return () => window.removeEventListener("message", receive);
  },
};
