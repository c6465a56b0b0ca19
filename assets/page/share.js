// The contents of the Share button: the link, its QR code, the embed snippet, the program as a
// file.
//
// In:  data.link, data.qr (an image's data URI, or null), data.embed, data.program, data.file,
//      data.changed (the program is not the lesson's), data.save (a file to be saved; a video is made
//      by the script at data.maker), data.labels.
// Out: state "address" = the query of the address, which has the step and the selected card;
//      "films" = true if this browser can make videos, "saved" = the number of the last file;
//      trigger "reset"; window event "viz:open" for a file to open (opening.js).

import { element } from "./element.js";
import { dispatch } from "./events.js";
import { mount } from "./panel.js";

/** @import { Saved, ShareData } from "../browser.js" */
/** @import { Component } from "./panel.js" */

// A picture's usual size, in the format of which every player knows one.
const FILMS = { codec: "avc1.640028", width: 1200, height: 800 };
const OTHERS = ["vp09.00.40.08", "av01.0.08M.08"];

// True if the browser decodes animated pictures and encodes videos; only secure pages may.
async function films() {
  if (!("ImageDecoder" in window && "VideoEncoder" in window)) return false;
  for (const codec of [FILMS.codec, ...OTHERS]) {
    const { supported } = await VideoEncoder.isConfigSupported({ ...FILMS, codec });
    if (supported) return true;
  }
  return false;
}

/** @param {HTMLElement} root @param {Component<ShareData>} component */
function createShare(root, component) {
  let { data } = component;
  /** @type {string | null} */
  let reported = null; // the query that the server knows

  const status = element("p", "viz-share-status");
  status.setAttribute("role", "status");

  /** @param {string} kind @param {number} rows */
  function copying(kind, rows) {
    const box = element("div", "viz-share-row", root);
    const label = element("label", "viz-label", box);
    const line = element("div", "viz-share-line", box);
    const field = rows > 1 ? element("textarea", "", line) : element("input", "", line);
    field.readOnly = true;
    field.id = `viz-share-${kind}`;
    label.htmlFor = field.id;
    if (field instanceof HTMLTextAreaElement) field.rows = rows;
    field.addEventListener("focus", () => field.select());
    const button = element("button", "", line);
    button.type = "button";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        status.textContent = data.labels.copied;
      } catch {
        // Without https, or refused: the text is selected, so the keyboard copies it.
        field.focus();
        field.select();
        status.textContent = data.labels.copy_by_hand;
      }
    });
    return { label, field, button };
  }

  const link = copying("link", 1);
  const image = element("img", "viz-share-qr", root);
  const note = element("p", "viz-share-note", root);
  const embed = copying("embed", 3);
  const files = element("div", "viz-share-files", root);
  const download = element("a", "", files);
  const pick = element("button", "", files);
  const reset = element("button", "", files);
  root.append(status);
  pick.type = reset.type = "button";

  pick.addEventListener("click", () => dispatch("viz:open", null));
  reset.addEventListener("click", () => component.setTriggerValue("reset", true));

  // The button is Streamlit's; what it asks the server for can take seconds.
  /** @param {MouseEvent} event */
  function pressed({ target }) {
    if (target instanceof Element && target.closest(".st-key-share_save")) status.textContent = data.labels.making;
  }
  addEventListener("click", pressed);

  let last = 0; // the number of the last file
  /** @param {Saved} of */
  async function save({ number, name, kind, body }) {
    const { maker } = data;
    last = number;
    const film = name.endsWith(".mp4");
    status.textContent = film ? data.labels.video_making : "";
    try {
      const bytes = Uint8Array.from(atob(body), (one) => one.charCodeAt(0));
      let file = new Blob([bytes], { type: kind });
      if (film) {
        if (maker === null) return; // not installed: no video is offered
        const { video } = await import(new URL(maker, document.baseURI).href);
        file = await video(bytes);
      }
      const address = URL.createObjectURL(file);
      const anchor = element("a");
      anchor.href = address;
      anchor.download = name;
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser has begun to save it
      if (film) status.textContent = data.labels.video_saved;
    } catch (error) {
      console.warn(error);
      status.textContent = data.labels.video_failed;
    }
    component.setStateValue("saved", number);
  }

  let asked = false; // if this browser makes videos
  async function offerFilms() {
    asked = true;
    if (await films()) component.setStateValue("films", true);
  }

  let saved = "";
  function offer() {
    if (saved) URL.revokeObjectURL(saved);
    saved = URL.createObjectURL(new Blob([data.program], { type: "text/x-python" }));
    download.href = saved;
    download.download = data.file;
  }

  return {
    /** @param {ShareData} next @param {Component<ShareData>} instance */
    update(next, instance) {
      data = next;
      component = instance;
      const words = data.labels;
      link.label.textContent = words.link;
      embed.label.textContent = words.embed;
      for (const { button } of [link, embed]) button.textContent = words.copy;
      link.button.setAttribute("aria-label", words.copy_link);
      embed.button.setAttribute("aria-label", words.copy_embed);
      link.field.value = data.link;
      embed.field.value = data.embed;
      image.hidden = !data.qr;
      if (data.qr) image.src = data.qr;
      image.alt = words.qr;
      note.textContent = data.note;
      note.hidden = !data.note;
      download.textContent = words.download;
      pick.textContent = words.open;
      reset.textContent = words.reset;
      reset.disabled = !data.changed;
      offer();
      if (data.maker && !asked) offerFilms();
      if (status.textContent === words.making) status.textContent = "";
      if (data.save && data.save.number > last) save(data.save);
      if (reported !== location.search) {
        reported = location.search;
        component.setStateValue("address", reported);
      }
    },
    end() {
      removeEventListener("click", pressed);
      if (saved) URL.revokeObjectURL(saved);
    },
  };
}

export default mount(".viz-share", createShare);
