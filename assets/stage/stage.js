// The moving picture: draws a payload of viz_app/picture/payload.py and steps through it.
//
// In:  data.picture (drawn anew only when its version changes), data.state, data.step, data.speed
//      and data.node (where a link asks to begin; obeyed once for each data.asked).
// Out: window event "viz:step" {index, step, line, span, phase} at each step, and "viz:view"
//      {step, speed, node, playing} when anything changes that a link remembers.
// Listens to window events "viz:goto" {step}, "viz:stale" and "viz:running" {state}.
//
// A mark is [layer, first, last, shape, text?]: a piece of a Plotly trace that is seen at the
// steps first <= s < last. Showing step s means: give each layer the marks it has then.

const STEP_MS = 1600; // a caption's reading time at speed 1
const MARGIN = 14; // px around the graph
const LARGEST = 1.25; // a small graph is not blown up beyond this
const SMALLEST = 0.72; // below this text can't be read: the view follows the step instead
const SPEEDS = [0.5, 1, 2, 4];
const ICONS = {
  first: "M6 5v14M19 5v14l-10-7z", previous: "M17 5v14L6 12z", play: "M7 4.5v15L20 12z",
  pause: "M8 5v14M16 5v14", next: "M7 5v14l11-7z", last: "M18 5v14M5 5v14l10-7z",
};
const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_ELEMENTS = new Set(["math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub",
  "msubsup", "mover", "munder", "munderover", "msqrt", "mroot", "mspace", "mstyle", "mpadded"]);
const MATH_ATTRIBUTES = new Set(["display", "displaystyle", "scriptlevel", "stretchy", "mathvariant",
  "accent", "width", "form", "fence", "lspace", "rspace", "movablelimits", "largeop"]);

let plotly = null; // one promise a page

function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = new URL("vendor/plotly.min.js", document.baseURI).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { plotly = null; reject(new Error("plotly.js did not load")); };
    document.head.append(script);
  });
  return plotly;
}

function element(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// MathML built element by element: what is not on the list is left out, its text stays text.
function math(source) {
  function copy(node) {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
    const known = node.nodeType === Node.ELEMENT_NODE && MATH_ELEMENTS.has(node.localName);
    const made = known ? document.createElementNS(MATHML, node.localName) : document.createDocumentFragment();
    if (known) {
      for (const { name, value } of node.attributes) {
        if (MATH_ATTRIBUTES.has(name)) made.setAttribute(name, value);
      }
    }
    made.append(...[...node.childNodes].map(copy));
    return made;
  }
  return copy(new DOMParser().parseFromString(source, "application/xml").documentElement);
}

function createStage(host) {
  const root = element("div", "viz-root", host);
  root.setAttribute("role", "region");
  root.tabIndex = 0;
  const legend = element("div", "viz-legend", root);
  const legendForward = element("span", "tone-value", legend);
  const badge = element("span", "viz-badge", legend);
  const legendBackward = element("span", "tone-gradient", legend);
  const frame = element("div", "viz-frame", root);
  const plot = element("div", "viz-plot", frame);
  plot.setAttribute("aria-hidden", "true");
  const pulse = element("div", "viz-pulse", frame);
  const tip = element("div", "viz-tip", frame);
  const zoom = element("div", "viz-zoom", frame);
  const message = element("p", "viz-message", frame);

  const transport = element("div", "viz-transport", root);
  const buttons = {};
  for (const name of ["first", "previous", "play", "next", "last"]) {
    buttons[name] = element("button", `viz-button viz-${name}`, transport);
    buttons[name].type = "button";
    buttons[name].append(icon(name));
  }
  const slider = element("input", "viz-slider", transport);
  slider.type = "range";
  slider.min = "0";
  const counter = element("span", "viz-counter", transport);
  const speed = element("select", "viz-speed", transport);
  for (const value of SPEEDS) {
    const option = element("option", "", speed, `${value}×`);
    option.value = String(value);
  }
  speed.value = "1";

  const caption = element("p", "viz-caption", root);
  caption.setAttribute("role", "status");
  const below = element("div", "viz-below", root);
  const formulaBox = element("section", "viz-formula", below);
  const formulaLabel = element("h3", "viz-small", formulaBox);
  const formula = element("div", "viz-math", formulaBox);
  const inspector = element("section", "viz-inspector", below);
  inspector.setAttribute("role", "region");
  inspector.tabIndex = -1;
  const table = element("table", "viz-hidden", root);

  let Plotly = null;
  let picture = null;
  let data = null;
  let index = 0;
  let chosen = null; // a vertex
  let playing = null; // a timer
  let shown = []; // what each layer shows now, as a string of mark places
  let view = null; // {scale, x, y}: pixels a unit, and the centre
  let fitted = true; // the view is the automatic one
  let running = null; // "running" or "stale", as the program's panel says
  let flight = 0;
  let asked = null; // the last link that was obeyed

  // The view

  function room() { return [plot.clientWidth || 1, plot.clientHeight || 1]; }

  function fitScale() {
    const [width, height] = room();
    return Math.min(LARGEST, (width - 2 * MARGIN) / Math.max(1, picture.width),
      (height - 2 * MARGIN) / Math.max(1, picture.height));
  }

  function fit(smallest) {
    view = { scale: Math.max(smallest, fitScale()), x: picture.width / 2, y: picture.height / 2 };
  }

  // Keep the current step in view; a graph that fits stays in the middle.
  function follow() {
    const current = picture.frames[index];
    if (!current || !view) return;
    const [width, height] = room();
    for (const [axis, size, whole, low, high] of [
      ["x", width, picture.width, current.focus[0], current.focus[2]],
      ["y", height, picture.height, current.focus[1], current.focus[3]],
    ]) {
      const half = size / 2 / view.scale;
      const edge = Math.min(60, half / 3);
      const margin = MARGIN / view.scale;
      if (fitted && whole + 2 * margin <= 2 * half + 0.5) view[axis] = whole / 2;
      else if (high - low + 2 * edge > 2 * half) view[axis] = (low + high) / 2;
      else {
        view[axis] = Math.min(low - edge + half, Math.max(high + edge - half, view[axis]));
        if (fitted) {
          view[axis] = Math.max(half - margin, Math.min(whole - half + margin, view[axis]));
        }
      }
    }
  }

  function ranges() {
    const [width, height] = room();
    const [w, h] = [width / 2 / view.scale, height / 2 / view.scale];
    return { "xaxis.range": [view.x - w, view.x + w], "yaxis.range": [view.y + h, view.y - h] };
  }

  function toPixel(x, y) {
    const [width, height] = room();
    return [(x - view.x) * view.scale + width / 2, (y - view.y) * view.scale + height / 2];
  }

  function toPicture(event) {
    const rect = plot.getBoundingClientRect();
    return [(event.clientX - rect.left - rect.width / 2) / view.scale + view.x,
      (event.clientY - rect.top - rect.height / 2) / view.scale + view.y];
  }

  function vertexAt(event) {
    if (!picture || !view) return -1;
    const [x, y] = toPicture(event);
    return picture.vertices.findIndex(({ box, first }) => first <= index
      && Math.abs(x - box[0]) <= box[2] / 2 && Math.abs(y - box[1]) <= box[3] / 2);
  }

  // Drawing

  function layerContent(layer) {
    const text = picture.figure.data[layer].mode === "text";
    const content = { x: [], y: [], text: [], key: "" };
    for (const place of picture.byLayer[layer]) {
      const [, first, last, shape, words] = picture.marks[place];
      if (index < first || index >= last) continue;
      content.key += `${place},`;
      const [x, y] = picture.shapes[shape];
      content.x.push(...x);
      content.y.push(...y);
      if (text) content.text.push(words);
      else { content.x.push(null); content.y.push(null); }
    }
    return content;
  }

  function draw() {
    const layers = [];
    const change = { x: [], y: [], text: [] };
    picture.figure.data.forEach((_, layer) => {
      const content = layerContent(layer);
      if (shown[layer] === content.key) return;
      shown[layer] = content.key;
      layers.push(layer);
      for (const part of ["x", "y", "text"]) change[part].push(content[part]);
    });
    if (layers.length) Plotly.restyle(plot, change, layers);
  }

  function look() {
    const layers = [];
    const sizes = [];
    picture.figure.data.forEach((trace, layer) => {
      if (trace.mode !== "text") return;
      layers.push(layer);
      sizes.push(trace.textfont.size * view.scale);
    });
    const now = ranges();
    if (look.scale !== view.scale) {
      look.scale = view.scale;
      Plotly.update(plot, { "textfont.size": sizes }, now, layers);
    } else Plotly.relayout(plot, now);
  }

  async function redraw() {
    shown = [];
    look.scale = null;
    resize();
    fit(SMALLEST);
    fitted = true;
    follow();
    const figure = picture.figure;
    const traces = figure.data.map((trace, layer) => {
      shown[layer] = "";
      const content = layerContent(layer);
      shown[layer] = content.key;
      const font = trace.mode === "text"
        ? { textfont: { ...trace.textfont, size: trace.textfont.size * view.scale }, text: content.text } : {};
      return { ...trace, x: content.x, y: content.y, ...font };
    });
    look.scale = view.scale;
    const now = ranges();
    const layout = { ...figure.layout, autosize: true,
      xaxis: { ...figure.layout.xaxis, range: now["xaxis.range"] },
      yaxis: { ...figure.layout.yaxis, range: now["yaxis.range"] } };
    await Plotly.react(plot, traces, layout, { displayModeBar: false, responsive: false, doubleClick: false });
    if (!redraw.listens) {
      redraw.listens = true;
      plot.on("plotly_relayout", (event) => {
        const low = event["xaxis.range[0]"] ?? event["xaxis.range"]?.[0];
        if (low === undefined || !view) return;
        const { xaxis, yaxis } = plot.layout;
        view.x = (xaxis.range[0] + xaxis.range[1]) / 2;
        view.y = (yaxis.range[0] + yaxis.range[1]) / 2;
      });
    }
  }

  // A flat graph leaves its height to what is below.
  function resize() {
    const most = Number.parseFloat(getComputedStyle(root).getPropertyValue("--viz-graph-most")) || 460;
    const width = frame.clientWidth;
    const scale = Math.max(SMALLEST, Math.min(LARGEST, (width - 2 * MARGIN) / Math.max(1, picture.width)));
    const wish = picture.height * scale + 2 * MARGIN + 24;
    frame.style.height = `${Math.round(Math.max(Math.min(most, 360, Math.max(240, width * 0.38)), Math.min(most, wish)))}px`;
  }

  // A pulse travels the way of the step, forward or back.
  function fly() {
    cancelAnimationFrame(flight);
    pulse.hidden = true;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const current = picture.frames[index];
    if (!current || !view) return;
    const forward = current.phase === "forward";
    const layer = picture.figure.data.findIndex(({ name }) => name === (forward ? "now_lines" : "back_lines"));
    const routes = picture.byLayer[layer].map((place) => picture.marks[place])
      .filter(([, first, last]) => first <= index && index < last)
      .map(([, , , shape]) => picture.shapes[shape]);
    if (!routes.length) return;
    const duration = 900 / Number(speed.value);
    pulse.className = `viz-pulse ${forward ? "tone-value" : "tone-gradient"}`;
    pulse.replaceChildren(...routes.map(() => element("i")));
    const lengths = routes.map(([x, y]) => {
      const sums = [0];
      for (let i = 1; i < x.length; i += 1) sums.push(sums[i - 1] + Math.hypot(x[i] - x[i - 1], y[i] - y[i - 1]));
      return sums;
    });
    const began = performance.now();
    (function move(now) {
      const part = Math.min(1, Math.max(0, (now - began) / duration));
      const eased = part * part * (3 - 2 * part);
      routes.forEach(([x, y], k) => {
        const way = eased * lengths[k].at(-1);
        const i = Math.max(1, lengths[k].findIndex((sum) => sum >= way));
        const share = (way - lengths[k][i - 1]) / (lengths[k][i] - lengths[k][i - 1] || 1);
        const [px, py] = toPixel(x[i - 1] + (x[i] - x[i - 1]) * share, y[i - 1] + (y[i] - y[i - 1]) * share);
        pulse.children[k].style.transform = `translate(${px}px, ${py}px)`;
      });
      pulse.hidden = part >= 1;
      if (part < 1) flight = requestAnimationFrame(move);
    })(began);
  }

  // Words

  function gradientOf(vertex) {
    const found = picture.gradients.find(([of, first, last]) => of === vertex && first <= index && index < last);
    return found ? found[3] : "";
  }

  function say() {
    const current = picture.frames[index];
    const words = picture.words;
    caption.replaceChildren();
    formula.replaceChildren();
    if (!current) {
      caption.textContent = words.empty;
      counter.textContent = "";
      return;
    }
    for (const [text, tone] of current.caption) element("span", `tone-${tone}`, caption, text);
    for (const one of current.formula) {
      if (one === null) { element("br", "", formula); continue; }
      const [place, tone] = one;
      const piece = math(picture.formulas[place]);
      piece.setAttribute("class", `tone-${tone}`);
      piece.setAttribute("displaystyle", "true");
      formula.append(piece, " ");
    }
    const half = ["backward", "accumulate"].includes(current.phase) ? "backward" : "forward";
    const turn = current.pass > 1 ? ` (${words.pass} ${current.pass})` : "";
    counter.textContent = `${words[half]} ${current.count[0]} / ${current.count[1]}${turn}`;
    counter.className = `viz-counter ${half === "backward" ? "tone-gradient" : "tone-value"}`;
  }

  function tabulate() {
    const words = picture.words;
    const head = element("thead");
    const row = element("tr", "", head);
    for (const column of ["name", "operation", "value", "gradient"]) {
      element("th", "", row, words[`column_${column}`]).scope = "col";
    }
    const body = element("tbody");
    picture.vertices.forEach((vertex, place) => {
      if (vertex.kind !== "card" || vertex.first > index) return;
      const cells = [vertex.name, vertex.operation, vertex.value, gradientOf(place)];
      const line = element("tr", "", body);
      for (const text of cells) element("td", "", line, text);
    });
    const title = element("caption", "", null, words.table);
    table.replaceChildren(title, head, body);
  }

  function inspect() {
    const words = picture.words;
    const title = element("h3", "viz-small", null, words.inspector);
    // Until something is chosen, the inspector follows the step.
    const place = chosen ?? picture.frames[index]?.vertex ?? -1;
    const vertex = picture.vertices[place];
    if (!vertex) {
      inspector.replaceChildren(title, element("p", "viz-hint", null, words.choose));
      return;
    }
    const list = element("dl");
    function row(name, text, tone) {
      if (text === "" || text === null) return;
      element("dt", "", list, name);
      element("dd", tone ? `tone-${tone}` : "", list, text);
    }
    const here = vertex.first <= index;
    const heading = element("p", "viz-chosen");
    element("strong", "", heading, vertex.name);
    element("span", vertex.asks && vertex.grad_fn === "" ? "tone-leaf" : "tone-muted", heading,
      vertex.kind === "disc" ? words.operation : vertex.node);
    element("span", "tone-muted", heading, vertex.type);
    if (here) row(words.value, vertex.whole, "value");
    if (vertex.asks && vertex.kind === "card") row(words.gradient, gradientOf(place) || words.none, "gradient");
    row("grad_fn", vertex.grad_fn);
    row(words.operation, vertex.call);
    if (vertex.line) row(`${words.line} ${vertex.line}`, vertex.source);
    for (const [name, text] of vertex.saved) row(`${words.saved}: ${name}`, text, "value");
    inspector.replaceChildren(title, heading, list);
  }

  function mark() {
    const state = running ?? data.state;
    root.dataset.state = state;
    const words = picture?.words ?? {};
    badge.textContent = { stale: words.stale, running: words.running, error: words.error }[state] ?? "";
  }

  // Steps

  function show(next, { pulsing = true } = {}) {
    const last = Math.max(0, picture.frames.length - 1);
    index = Math.max(0, Math.min(last, next));
    root.dataset.step = String(index);
    slider.value = String(index);
    slider.setAttribute("aria-valuenow", String(index));
    say();
    slider.setAttribute("aria-valuetext", counter.textContent);
    tabulate();
    inspect();
    if (Plotly && view) {
      const before = `${view.x},${view.y}`;
      draw();
      follow();
      if (before !== `${view.x},${view.y}`) look();
      if (pulsing) fly();
    }
    const current = picture.frames[index];
    const phase = current?.phase === "accumulate" ? "backward" : current?.phase ?? "forward";
    window.dispatchEvent(new CustomEvent("viz:step", { detail: {
      index, step: index, line: current?.span?.[0] ?? null, span: current?.span ?? null, phase } }));
    tell();
  }

  function tell() {
    window.dispatchEvent(new CustomEvent("viz:view", { detail: { step: index, speed: Number(speed.value),
      node: picture.vertices[chosen]?.id ?? null, playing: playing !== null } }));
  }

  function play(on) {
    clearTimeout(playing);
    playing = null;
    if (on && picture.frames.length > 1) {
      if (index >= picture.frames.length - 1) show(0);
      const tick = () => {
        show(index + 1);
        if (index >= picture.frames.length - 1) play(false);
        else playing = setTimeout(tick, STEP_MS / Number(speed.value));
      };
      playing = setTimeout(tick, STEP_MS / Number(speed.value));
    }
    const name = playing === null ? "play" : "pause";
    buttons.play.replaceChildren(icon(name));
    buttons.play.setAttribute("aria-label", picture.words[name]);
    buttons.play.title = picture.words[name];
    // While it plays, a screen reader is not interrupted by each sentence.
    caption.setAttribute("aria-live", playing === null ? "polite" : "off");
    tell();
  }

  function go(next) { play(false); show(next); }

  function choose(vertex) {
    chosen = vertex;
    inspect();
    tell();
  }

  const actions = {
    first: () => go(0),
    previous: () => go(index - 1),
    play: () => play(playing === null),
    next: () => go(index + 1),
    last: () => go(picture.frames.length - 1),
  };
  for (const [name, action] of Object.entries(actions)) {
    buttons[name].addEventListener("click", () => picture && action());
  }
  slider.addEventListener("input", () => picture && go(Number(slider.value)));

  function faster(by) {
    const place = SPEEDS.indexOf(Number(speed.value)) + by;
    speed.value = String(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, place))]);
    tell();
  }
  speed.addEventListener("change", () => picture && tell());

  root.addEventListener("keydown", (event) => {
    if (!picture || event.ctrlKey || event.metaKey || event.altKey) return;
    // A button keeps its own space, the slider its arrows, the list its letters.
    const tag = event.target.tagName;
    const own = (tag === "BUTTON" && event.key === " ") || (tag === "SELECT" && !"[]".includes(event.key))
      || (tag === "INPUT" && event.key.startsWith("Arrow"));
    if (own) return;
    const action = {
      " ": actions.play, ArrowRight: actions.next, ArrowLeft: actions.previous, Home: actions.first,
      End: actions.last, "[": () => faster(-1), "]": () => faster(1),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // The mouse: a click chooses, a rest tells, a drag moves (Plotly's own pan).
  let pressed = null;
  frame.addEventListener("pointerdown", (event) => {
    if (!zoom.contains(event.target)) pressed = [event.clientX, event.clientY];
  }, true);
  // On the window: while a button is down plotly.js covers the page with a layer of its own.
  function onRelease(event) {
    const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) <= 4;
    pressed = null;
    if (!still) return;
    const vertex = vertexAt(event);
    if (vertex >= 0) choose(vertex);
  }
  window.addEventListener("pointerup", onRelease, true);
  frame.addEventListener("pointermove", (event) => {
    const vertex = picture?.vertices[vertexAt(event)];
    tip.hidden = !vertex || pressed !== null;
    plot.classList.toggle("viz-over", Boolean(vertex));
    if (!vertex) return;
    const gradient = gradientOf(picture.vertices.indexOf(vertex));
    tip.replaceChildren(element("strong", "", null, vertex.name));
    if (vertex.grad_fn) element("span", "tone-muted", tip, vertex.grad_fn);
    if (vertex.value) element("span", "tone-value", tip, vertex.value);
    if (gradient) element("span", "tone-gradient", tip, `∇ ${gradient}`);
    const [x, y] = toPixel(vertex.box[0], vertex.box[1] - vertex.box[3] / 2);
    const [width] = room();
    tip.style.left = `${Math.max(90, Math.min(width - 90, x))}px`;
    tip.style.top = `${Math.max(30, y - 6)}px`;
  });
  frame.addEventListener("pointerleave", () => { tip.hidden = true; });
  tip.hidden = true;
  pulse.hidden = true;

  const zooms = {};
  for (const [name, sign, act] of [
    ["farther", "−", () => { view.scale /= 1.25; fitted = false; }],
    ["fit", "⤢", () => { fit(0); fitted = true; }],
    ["closer", "+", () => { view.scale *= 1.25; fitted = false; }],
  ]) {
    zooms[name] = element("button", "viz-button", zoom, sign);
    zooms[name].type = "button";
    zooms[name].addEventListener("click", () => {
      if (!view) return;
      act();
      if (name !== "fit") follow();
      look();
    });
  }

  function onGoto(event) { if (picture) go(Number(event.detail.step)); }
  function onState(event) {
    const state = event.detail?.state ?? "stale";
    running = state === "ready" ? null : state;
    if (data) mark();
  }
  window.addEventListener("viz:goto", onGoto);
  window.addEventListener("viz:stale", onState);
  window.addEventListener("viz:running", onState);

  const sized = new ResizeObserver(() => {
    if (!Plotly || !picture || !view || !frame.clientWidth) return;
    resize();
    if (fitted) fit(SMALLEST);
    follow();
    Plotly.Plots.resize(plot);
    look();
  });
  sized.observe(frame);

  function label() {
    const words = picture.words;
    root.lang = picture.language;
    root.setAttribute("aria-label", words.graph);
    for (const name of ["first", "previous", "next", "last"]) {
      buttons[name].setAttribute("aria-label", words[name]);
      buttons[name].title = words[name];
    }
    for (const [name, button] of Object.entries(zooms)) {
      button.setAttribute("aria-label", words[name]);
      button.title = words[name];
    }
    slider.setAttribute("aria-label", words.step);
    speed.setAttribute("aria-label", words.speed);
    caption.setAttribute("aria-label", words.caption);
    inspector.setAttribute("aria-label", words.inspector);
    table.setAttribute("aria-label", words.table);
    formulaLabel.textContent = words.formula;
    legendForward.textContent = words.legend_forward;
    legendBackward.textContent = words.legend_backward;
    for (const [name, value] of Object.entries(picture.colours ?? {})) {
      root.style.setProperty(`--viz-${name}`, value);
    }
  }

  function rail() {
    const last = Math.max(0, picture.frames.length - 1);
    slider.max = String(last);
    slider.setAttribute("aria-valuemin", "0");
    slider.setAttribute("aria-valuemax", String(last));
    slider.disabled = last === 0;
    // One stretch of colour for each half of each pass.
    const stops = [];
    picture.frames.forEach(({ phase }, place) => {
      if (place === 0) return;
      const colour = ["backward", "accumulate"].includes(phase) ? "--viz-gradient_line" : "--viz-value_line";
      const [from, to] = [(place - 1) / last, place / last].map((part) => `${(part * 100).toFixed(2)}%`);
      if (stops.at(-1)?.[0] === colour) stops.at(-1)[2] = to;
      else stops.push([colour, from, to]);
    });
    slider.style.setProperty("--viz-rail", stops.length
      ? `linear-gradient(90deg, ${stops.map(([c, from, to]) => `var(${c}) ${from} ${to}`).join(", ")})` : "none");
  }

  // Where the reader was in the old picture, in the new one.
  function place(old, next) {
    if (!old) return 0;
    const names = new Set(old.vertices.map(({ name }) => name));
    const kept = next.vertices.filter(({ name }) => names.has(name)).length;
    if (old.structure !== next.structure && kept < next.vertices.length / 2) return 0;
    return Math.min(index, Math.max(0, next.frames.length - 1));
  }

  // What a link asks for, once; what it leaves open stays as it is.
  function obey() {
    if (data.asked === asked) return false;
    asked = data.asked;
    if (Number.isInteger(data.step)) index = data.step;
    if (SPEEDS.includes(data.speed)) speed.value = String(data.speed);
    const wanted = picture.vertices.findIndex(({ id }) => id === data.node);
    chosen = wanted >= 0 ? wanted : null;
    return true;
  }

  return {
    async update(incoming) {
      data = incoming;
      const next = data.picture;
      if (picture?.version !== next.version) {
        const old = picture;
        const wasPlaying = playing !== null;
        const name = old?.vertices[chosen]?.name;
        const kind = old?.vertices[chosen]?.kind;
        index = place(old, next);
        picture = { ...next, byLayer: next.figure.data.map(() => []) };
        next.marks.forEach(([layer], at) => picture.byLayer[layer].push(at));
        const again = picture.vertices.findIndex((v) => v.name === name && v.kind === kind);
        chosen = again >= 0 ? again : null;
        label();
        rail();
        obey();
        play(wasPlaying && old?.structure === next.structure);
        view = null;
        show(index);
        mark();
        Plotly ??= await loadPlotly();
        if (picture.version !== next.version) return; // a newer one came meanwhile
        await redraw();
        message.textContent = "";
      } else if (obey()) go(index);
      mark();
    },
    fail(error) { message.textContent = error.message; },
    end() {
      clearTimeout(playing);
      cancelAnimationFrame(flight);
      sized.disconnect();
      window.removeEventListener("pointerup", onRelease, true);
      window.removeEventListener("viz:goto", onGoto);
      window.removeEventListener("viz:stale", onState);
      window.removeEventListener("viz:running", onState);
      if (Plotly) Plotly.purge(plot);
      root.remove();
    },
  };
}

const stages = new WeakMap();

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".viz-stage");
  if (!stages.has(host)) stages.set(host, createStage(host));
  const stage = stages.get(host);
  stage.update(data).catch((error) => stage.fail(error));
  return () => { stages.get(host)?.end(); stages.delete(host); };
}
