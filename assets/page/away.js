// While the server does not answer: a sentence of ours instead of Streamlit's dialog, which would
// block the picture. Stepping needs no server.

import { element } from "./element.js";

// `app` is Streamlit's root; `back` is called once the server answers again.
/** @param {HTMLElement | null} app @param {() => void} back */
export function createAway(app, back) {
  const root = element("p", "viz-away", document.body);
  root.setAttribute("role", "status");
  root.hidden = true;
  const page = document.documentElement;
  let words = "";
  let away = false;

  const connected = () => app?.dataset.testConnectionState === "CONNECTED";
  const state = new MutationObserver(() => {
    if (connected() && away) back();
    away = !connected();
    page.toggleAttribute("data-viz-away", away);
    if (away) return;
    root.hidden = true;
    root.textContent = "";
  });
  if (app) state.observe(app, { attributeFilter: ["data-test-connection-state"] });

  // Streamlit opens its dialog when it has tried for a while; it makes the rest of the page inert.
  const dialogs = new MutationObserver(() => {
    if (!away) return;
    const close = /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=stDialog] button"));
    if (!close) return;
    close.click();
    root.textContent = words;
    root.hidden = false;
  });
  dialogs.observe(document.body, { childList: true });

  return {
    /** @param {string} text */
    label(text) { words = text; },
    end() {
      state.disconnect();
      dialogs.disconnect();
      page.removeAttribute("data-viz-away");
      root.remove();
    },
  };
}
