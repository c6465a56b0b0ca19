// Buttons of the header that are one tab stop: the arrow keys, Home and End lead from one to another.

/** @type {Record<string, number>} */
const TO = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Make a button part of the toolbar around it, and name the toolbar.
 * @param {HTMLButtonElement} button
 * @param {string} [label]
 */
export function join(button, label) {
  /** @type {HTMLElement | null} */
  const bar = button.closest(".st-key-tools");
  if (!bar) return;
  button.classList.add("viz-tool");
  bar.setAttribute("role", "toolbar");
  if (label) bar.setAttribute("aria-label", label);
  const all = () => [...bar.getElementsByTagName("button")].filter((each) => each.classList.contains("viz-tool"));
  /** @param {HTMLButtonElement} chosen */
  const stop = (chosen) => { for (const each of all()) each.tabIndex = each === chosen ? 0 : -1; };
  stop(all().find((each) => each === document.activeElement) ?? all()[0]);
  button.onkeydown = (event) => {
    const tools = all();
    const place = event.key === "Home" ? 0 : event.key === "End" ? tools.length - 1
      : event.key in TO ? (tools.indexOf(button) + TO[event.key] + tools.length) % tools.length : -1;
    if (place < 0) return;
    event.preventDefault();
    stop(tools[place]);
    tools[place].focus();
  };
}
