// Evaluated in the page by whole.py: `now` are the classes of a step's boxes; `whole` means that the
// caption must be on the screen, `only` that the picture is measured as it is, at its step. Without it a step
// that asks for its gradient is measured twice: with its question, and answered.
async ([now, whole, only]) => {
  // A new size arrives with the next frame.
  for (let frames = 0; frames < 3; frames += 1) await new Promise((done) => requestAnimationFrame(done));
  const root = document.querySelector('.viz-root');
  const frame = document.querySelector('.viz-frame');
  const caption = document.querySelector('.viz-caption');
  const world = document.querySelector('.viz-plot .viz-world');
  const shown = (made) => made.getAttribute('display') !== 'none' && made.getClientRects().length > 0;
  const around = (made) => {
    const { left, top, right, bottom } = made.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  // The letters of a text are lower than its line.
  const letters = (text) => {
    const { left, top, right, bottom } = around(text);
    const spare = (bottom - top) * 0.2;
    return { left, right, top: top + spare, bottom: bottom - spare, text };
  };
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const round = (box) => [box.left, box.top, box.right, box.bottom].map(Math.round);
  const steps = Number(document.querySelector('.viz-slider').getAttribute('aria-valuemax'));
  const found = { steps, boxes: 0, texts: 0, cut: {}, overlap: {}, caption: {}, small: {}, least: 9 };
  // The numbers of boxes and texts. A step that asks is in view, not the one before it, whose picture it has.
  function look(step, asks) {
    const view = around(frame);
    const boxes = [...world.querySelectorAll(now.map((layer) => `path.${layer}`).join())].filter(shown).map(around);
    const cut = boxes.filter((box) => box.left < view.left - 1 || box.right > view.right + 1
      || box.top < view.top - 1 || box.bottom > view.bottom + 1);
    // The sign of an open question is opaque: a gradient that lies wholly beneath it is not seen.
    const signs = [...world.querySelectorAll('.viz-predict-mark rect')].filter(shown).map(around);
    const covered = (box) => !box.text.closest('.viz-predict-mark') && signs.some((sign) =>
      box.left >= sign.left && box.right <= sign.right && box.top >= sign.top && box.bottom <= sign.bottom);
    // A text that is not shown has no size, and is nowhere in view.
    const texts = [...world.querySelectorAll('text:not(.viz-flights text)')].map(letters)
      .filter((box) => meet(box, view) && !covered(box)).sort((a, b) => a.left - b.left);
    const overlap = [];
    texts.forEach((box, place) => {
      for (let next = place + 1; next < texts.length && texts[next].left < box.right; next += 1) {
        const other = texts[next];
        if (meet(box, other)) overlap.push([box.text.textContent, other.text.textContent, round(box), round(other)]);
      }
    });
    const scale = new DOMMatrix(getComputedStyle(world).transform).a;
    found.least = Math.min(found.least, scale);
    // Cards then have only their names.
    if (!asks && world.closest('[data-detail]').dataset.detail !== 'cards') found.small[step] = scale;
    if (!asks && cut.length) found.cut[step] = cut.map(round);
    if (overlap.length) found.overlap[step] = overlap;
    const said = around(caption);
    if (caption.scrollHeight > caption.clientHeight + 1 || caption.scrollWidth > caption.clientWidth + 1
      || said.top < view.bottom - 1 || (whole && said.bottom > innerHeight + 1)) {
      found.caption[step] = [...round(said), caption.scrollHeight, caption.clientHeight];
    }
    return [boxes.length, texts.length];
  }
  const here = Number(root.dataset.step);
  for (let step = only ? here : 0; step <= (only ? here : steps); step += 1) {
    if (!only) window.dispatchEvent(new CustomEvent('viz:goto', { detail: { step } }));
    if (root.dataset.step !== String(step)) throw new Error(`step ${root.dataset.step}, not ${step}`);
    const asks = () => !only && document.documentElement.hasAttribute('data-viz-asked');
    if (asks()) {
      look(step, true);
      document.querySelector('.viz-predict button:last-of-type').click(); // shows the answer
      if (asks()) throw new Error(`step ${step} still asks`);
    }
    const [boxes, texts] = look(step, false);
    found.boxes += boxes;
    found.texts += texts;
  }
  return found;
}
