// Evaluated in the page by whole.py: `now` are the classes of a step's boxes; `whole` means that the
// caption must be on the screen, `only` that the picture is measured as it is, at its step.
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
    return { left, right, top: top + spare, bottom: bottom - spare, of: text.textContent };
  };
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const round = (box) => [box.left, box.top, box.right, box.bottom].map(Math.round);
  const steps = Number(document.querySelector('.viz-slider').getAttribute('aria-valuemax'));
  const found = { steps, boxes: 0, texts: 0, cut: {}, overlap: {}, caption: {}, small: {}, least: 9 };
  const here = Number(root.dataset.step);
  for (let step = only ? here : 0; step <= (only ? here : steps); step += 1) {
    if (!only) window.dispatchEvent(new CustomEvent('viz:goto', { detail: { step } }));
    if (root.dataset.step !== String(step)) throw new Error(`step ${root.dataset.step}, not ${step}`);
    const view = around(frame);
    const boxes = [...world.querySelectorAll('path')].filter((path) => shown(path)
      && now.some((layer) => path.classList.contains(layer))).map(around);
    const cut = boxes.filter((box) => box.left < view.left - 1 || box.right > view.right + 1
      || box.top < view.top - 1 || box.bottom > view.bottom + 1);
    // The sign of an open question is opaque: a gradient that lies wholly beneath it is not seen.
    const signs = [...world.querySelectorAll('.viz-predict-mark rect')].filter(shown).map(around);
    const covered = (text) => !text.closest('.viz-predict-mark') && signs.some((sign) => {
      const box = letters(text);
      return box.left >= sign.left && box.right <= sign.right && box.top >= sign.top && box.bottom <= sign.bottom;
    });
    const texts = [...world.querySelectorAll('text')]
      .filter((text) => shown(text) && !text.closest('.viz-flights') && !covered(text)).map(letters)
      .filter((text) => meet(text, view)).sort((a, b) => a.left - b.left);
    const overlap = [];
    texts.forEach((text, place) => {
      for (let other = place + 1; other < texts.length && texts[other].left < text.right; other += 1) {
        if (meet(text, texts[other])) overlap.push([text.of, texts[other].of, round(text), round(texts[other])]);
      }
    });
    found.boxes += boxes.length;
    found.texts += texts.length;
    const scale = new DOMMatrix(getComputedStyle(world).transform).a;
    found.least = Math.min(found.least, scale);
    // Cards then have only their names.
    if (world.closest('[data-detail]').dataset.detail !== 'cards') found.small[step] = scale;
    if (cut.length) found.cut[step] = cut.map(round);
    if (overlap.length) found.overlap[step] = overlap;
    const said = around(caption);
    if (caption.scrollHeight > caption.clientHeight + 1 || caption.scrollWidth > caption.clientWidth + 1
      || said.top < view.bottom - 1 || (whole && said.bottom > innerHeight + 1)) {
      found.caption[step] = [...round(said), caption.scrollHeight, caption.clientHeight];
    }
  }
  return found;
}
