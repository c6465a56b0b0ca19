// Evaluated in the page by whole.py: the texts of a lesson that are cut. All tabs are shown one after
// the other, all choices tried and all hints opened.
//
// A text is cut where a line of it leaves the width of the window, or is outside the box of an
// ancestor that neither shows nor scrolls what is there.
async () => {
  // A new size arrives with the next frame.
  for (let frames = 0; frames < 3; frames += 1) await new Promise((done) => requestAnimationFrame(done));
  const found = { texts: 0, cut: [] };
  function outside(line, from) {
    if (line.right > innerWidth + 1 || line.left < -1) return "window";
    let scrolls = false; // what is above or below a scroller's box is a scroll away
    for (let made = from; made && made !== document.documentElement; made = made.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(made);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const box = made.getBoundingClientRect();
      if (line.right > box.right + 1 || line.left < box.left - 1) return made.className;
      scrolls ||= overflowY === "auto" || overflowY === "scroll";
      if (!scrolls && (line.bottom > box.bottom + 1 || line.top < box.top - 1)) return made.className;
    }
    return null;
  }
  function look(root) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const text = walk.currentNode;
      const range = document.createRange();
      range.selectNodeContents(text);
      const lines = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
      if (!text.data.trim() || lines.length === 0) continue;
      found.texts += 1;
      const by = lines.map((line) => outside(line, text.parentElement)).find((it) => it !== null);
      if (by !== undefined) found.cut.push([text.data.slice(0, 60), by]);
    }
  }
  const lesson = document.querySelector(".viz-lesson");
  const tabs = [...lesson.querySelectorAll("[role=tab]")].filter((tab) => !tab.hidden);
  for (const tab of tabs) {
    tab.click();
    const pane = document.getElementById(tab.getAttribute("aria-controls"));
    for (const choice of pane.querySelectorAll(".viz-lesson-choices button")) {
      choice.click();
      look(pane);
    }
    for (let more; (more = pane.querySelector(".viz-lesson-hints + .viz-lesson-button"));) more.click();
    look(lesson);
    // A pane that scrolls shows three lines at the least.
    if (pane.scrollHeight > pane.clientHeight + 1 && pane.clientHeight < 54) {
      found.cut.push([tab.textContent, `a pane of ${pane.clientHeight} px`]);
    }
  }
  tabs[0]?.click();
  // The choice of a lesson is a field, which cuts a long title where the window is narrow.
  const field = document.querySelector(".st-key-header input[role=combobox]");
  const titled = lesson.querySelector(".viz-lesson-title").getClientRects().length > 0;
  if (!titled && field.scrollWidth > field.clientWidth + 1) found.cut.push([field.value, "the field"]);
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth + 1) found.cut.push(["the page", `${wide} px`]);
  return found;
}
