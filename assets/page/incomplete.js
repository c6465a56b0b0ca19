// A page of which a file did not arrive, over a poor connection: it would show its sign for ever, or
// lack a panel. Written into the page itself, since nothing else may have arrived.
//
// A page that has shown nothing yet is loaded again once, as soon as there is a network. Then, and
// wherever something is there already, a sentence offers it.

(() => {
  const TRIED = "viz-loaded-again";
  const PAUSE_MS = 1000;
  const SAME_MS = 60_000; // later, the connection is another one

  /** True the first time within a minute. */
  function first() {
    try {
      const last = Number(sessionStorage.getItem(TRIED));
      sessionStorage.setItem(TRIED, String(Date.now()));
      return Date.now() - last > SAME_MS;
    } catch { // a page without storage could load again for ever
      return false;
    }
  }

  function started() {
    const sign = document.querySelector(".viz-first-paint");
    return !!sign && getComputedStyle(sign).display === "none";
  }

  let reported = false;
  function missing() {
    if (reported) return;
    reported = true;
    const load = () => location.reload();
    if (!started() && first()) {
      if (navigator.onLine) setTimeout(load, PAUSE_MS);
      else addEventListener("online", load, { once: true });
      if (navigator.onLine) return;
    }
    const note = /** @type {HTMLElement} */ (document.querySelector(".viz-incomplete"));
    note.hidden = false;
    note.querySelector("button")?.addEventListener("click", load);
  }

  const report = () => {
    if (document.readyState !== "loading") missing();
    else addEventListener("DOMContentLoaded", missing, { once: true });
  };
  // An element's error does not bubble, but is seen on its way down.
  addEventListener("error", ({ target }) => {
    if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) report();
  }, true);
  addEventListener("vite:preloadError", report); // a part of Streamlit's that is loaded when it is used
  addEventListener("viz-incomplete", report); // a panel's script
})();
