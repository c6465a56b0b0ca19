// Opens a program, or data for it, from a file: chosen after window event "viz:open", or dropped anywhere.
//
// In:  data.most (maximum bytes of a file), data.taken (id of the last file that was accepted),
//      data.opening (words that are shown until then: a course is checked for some seconds).
// Out: state "file" = {id, name, text, large} until it is accepted, then null; text is null for a
//      file that is too large or not UTF-8, and a zip file's bytes in base64. A trigger would be lost
//      if another rerun overtakes it.
//
// It stays on the page: a popover's elements go when the system's dialogue takes the focus, and so
// would their unsent messages.

import { element } from "./element.js";
import { listen } from "./events.js";
import { alone } from "./panel.js";

/** @import { OpenedFile, OpeningData } from "../browser.js" */
/** @import { Component } from "./panel.js" */

/** The bytes of a file in base64. @param {File} file @returns {Promise<string>} */
const packed = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => { const address = String(reader.result); done(address.slice(address.indexOf(",") + 1)); };
  reader.onerror = () => failed(new TypeError("unreadable"));
  reader.readAsDataURL(file);
});

/** @param {Component<OpeningData>} component of the latest mount: a file may be chosen while there is none */
function createOpening(component) {
  /** @type {OpenedFile | null} */
  let pending = null; // the file in progress

  const input = element("input");
  input.type = "file";
  input.accept = ".py,.ipynb,.toml,.zip,.csv,.tsv,.txt,.json,.jsonl,.dat,.data";
  const note = element("div", "viz-opening-note", document.body);
  note.setAttribute("role", "status");
  note.hidden = true;

  const report = () => alone(() => component.setStateValue("file", pending));

  /** @param {File} file */
  async function send(file) {
    const large = file.size > component.data.most;
    /** @type {string | null} */
    let text = null;
    if (!large) {
      try {
        text = file.name.toLowerCase().endsWith(".zip") ? await packed(file)
          : new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // the decoder's character for broken UTF-8
      }
    }
    pending = { id: Date.now(), name: file.name, text, large };
    report();
    note.textContent = component.data.opening;
    note.hidden = false;
  }

  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = ""; // the same file can be chosen again
    if (file) send(file);
  });

  /** @param {DragEvent} event */
  const carried = (event) => (event.dataTransfer?.types.includes("Files") ? event.dataTransfer : null);
  /** @param {DragEvent} event */
  function over(event) {
    const data = carried(event);
    if (!data) return;
    event.preventDefault(); // otherwise the browser leaves the page for the file
    data.dropEffect = "copy";
    document.body.dataset.vizDropping = "true";
  }
  /** @param {DragEvent} event */
  function leave(event) {
    if (event.relatedTarget === null) delete document.body.dataset.vizDropping;
  }
  /** @param {DragEvent} event */
  function drop(event) {
    const data = carried(event);
    if (!data) return;
    event.preventDefault();
    delete document.body.dataset.vizDropping;
    const [file] = data.files;
    if (file) send(file);
  }
  listen({ "viz:open": () => input.click() });
  const listens = /** @type {const} */ ([["dragover", over], ["dragleave", leave], ["drop", drop]]);
  for (const [name, act] of listens) window.addEventListener(name, act);

  return {
    /** @param {Component<OpeningData>} latest */
    update(latest) {
      component = latest;
      if (pending === null) return;
      const taken = component.data.taken === pending.id;
      if (taken) pending = null;
      note.hidden = pending === null;
      report(); // null, or each rerun would carry it
    },
  };
}

/** @type {ReturnType<typeof createOpening> | null} */
let opening = null; // one per page, whatever is remounted

/** @param {Component<OpeningData>} component */
export default function (component) {
  opening ??= createOpening(component);
  opening.update(component);
}
