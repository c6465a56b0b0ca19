// The keyboard's path to the picture: Streamlit's skip link leads to it, and the page around it,
// which handles no keys, is not a tab stop.

/** @param {HTMLElement} root */
export function leadTo(root) {
  const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=stMain]"));
  if (page) page.tabIndex = -1;
  const skip = page?.closest("[data-testid=stApp]")?.querySelector("[data-testid=stSkipToContent]");
  const lead = (/** @type {Event} */ event) => { event.preventDefault(); root.focus(); };
  skip?.addEventListener("click", lead);
  return () => skip?.removeEventListener("click", lead);
}
