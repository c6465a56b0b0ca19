// The moving picture: opens a payload of viz_app/picture/payload.py and steps through it.
//
// In:  data.picture (drawn anew only when its version changes), data.program (its text and revision), data.state,
//      data.run, data.step, data.speed, data.node, data.view, data.colour, data.predict (where a link asks to begin;
//      obeyed once for each data.asked), data.plotly (its address), data.folded (the last wish that is answered).
// Out: state "fold" = {groups: [[number, "ID" to open or "-ID" to fold], ...]}, the wishes that are not.
//      Window event "viz:step" {index, step, line, span, phase} at each step, "viz:drawn" with data.program once it is
//      shown, and "viz:view" {step, speed, node, view, colour, predict, playing} when what a link remembers changes.
// Listens to window events "viz:goto" {step or vertex}, "viz:stale" {state}, and "viz:draw"
// {live: {picture, state}, done}: what to show until the server's next picture, null ends it; `done` is called then.

import { element } from "../page/element.js";
import { hear, say } from "../page/events.js";
import { mount } from "../page/panel.js";
import { createCamera } from "./camera.js";
import { createDrawing } from "./drawing.js";
import { listen } from "./gestures.js";
import { createColour } from "./colour.js";
import { createMap } from "./minimap.js";
import { createPanels, half } from "./panels.js";
import { createPasses } from "./passes.js";
import { createPath } from "./path.js";
import { loadPlotly } from "./plotly.js";
import { createHealth } from "./health.js";
import { createKeys } from "./keys.js";
import { whenAllShow } from "./ready.js";
import { createSearch } from "./search.js";
import { createPredict } from "./predict.js";
import { createTip } from "./tip.js";
import { createTransport } from "./transport.js";
import { createTurns } from "./turns.js";
import { nearest, under } from "./walk.js";
import { createZoom } from "./zoom.js";

/** @import { Goto } from "../browser.js" */

function createStage(host) {
  const root = element("div", "viz-root", host);
  root.setAttribute("role", "region");
  root.tabIndex = 0;
  const legend = element("div", "viz-legend", root);
  const legendForward = element("span", "tone-value", legend);
  const badge = element("span", "viz-badge", legend);
  const legendBackward = element("span", "tone-gradient", legend);
  const tools = element("span", "viz-tools", legend);
  const search = createSearch(tools, { found, unfold: (group) => fold(group) });
  const colour = createColour(tools, () => { tint(); tell(); });
  legend.append(legendBackward);
  const frame = element("div", "viz-frame", root);
  const camera = createCamera();
  const drawing = createDrawing(frame, camera);
  // Beneath the picture, so that nothing lies on a card.
  const tray = element("div", "viz-tray", root);
  const map = createMap(tray, camera, look);
  const path = createPath(tray, (group) => fold(`-${group}`));
  const zoom = createZoom(tray, camera, (name) => {
    if (!picture) return;
    if (name !== "fit") follow();
    look();
    tell();
  });
  const keys = createKeys(root, zoom.root);
  const message = element("p", "viz-message", frame);
  const note = element("p", "viz-message viz-note", frame); // why there is less of a picture than could be
  const transport = createTransport(root, { show, changed });
  const turns = createTurns(fold);
  const passes = createPasses(root, {
    go: (step) => transport.go(step), settle: ({ turn }) => turns.settle(picture, turn) });
  const health = createHealth(root, found);
  const panels = createPanels(root, fold);
  const tip = createTip(frame, camera, panels);
  const predict = createPredict(root, tools, panels.caption, drawing.over, {
    again() { if (picture) show(index); }, changed: () => tell() });

  let picture = null;
  let data = null;
  let given = null; // by the server
  let index = 0;
  let seen = 0; // the step in the picture: the one before while its gradient is asked for
  let chosen = null; // a vertex
  let running = null; // "running" or "stale", as the program's panel says
  let callOff = () => {}; // what waits for the other panels
  let asked = null; // the last link that was obeyed
  let send = null;
  let [folds, count] = [[], Date.now()]; // [number, group] that the server has not answered
  let anchor = null; // the group being opened or folded, and where on the screen it was

  function look() { drawing.look(); map.look(); }

  function tint() {
    if (!picture) return;
    const strengths = colour.strengths(picture.vertices, (place) => panels.sizeOf(place, seen),
      (place) => panels.strangeOf(place, seen));
    drawing.tint(strengths, colour.way() === "value" ? "value" : "gradient");
  }

  // Groups

  function fold(group) {
    const id = group.replace("-", "");
    const vertex = picture.vertices.find(({ opens }) => opens === id)
      ?? picture.vertices.find(({ within }) => within === id) ?? picture.vertices[0];
    anchor = { id, at: camera.toPixel(vertex.box[0], vertex.box[1]) };
    send("fold", { groups: folds = [...folds, [++count, group]] });
  }

  function found(place) {
    choose(place);
    const [x, y] = picture.vertices[place].box;
    camera.follow([x - 60, y - 40, x + 60, y + 40]);
    look();
  }

  const vertexAt = (point) => (picture ? under(picture, camera, index, point) : -1);

  function measure() {
    const most = Number.parseFloat(getComputedStyle(frame).maxHeight);
    frame.style.height = `${camera.wish(frame.clientWidth, most)}px`;
    camera.width = frame.clientWidth || 1;
    camera.height = frame.clientHeight || 1;
  }

  function follow() {
    const current = picture.frames[index];
    if (current) camera.follow(current.focus);
  }

  function mark() {
    callOff();
    const state = running ?? data.state;
    const words = picture?.words ?? {};
    badge.textContent = { stale: words.stale, running: words.running, error: words.error }[state] ?? "";
    if (state === "stale" || state === "running") root.dataset.state = state;
    else callOff = whenAllShow(data.run, () => { root.dataset.state = running ?? data.state; root.dataset.run = data.run; });
  }

  // Steps

  function show(next, live = false) {
    const last = Math.max(0, picture.frames.length - 1);
    index = Math.max(0, Math.min(last, next));
    root.dataset.step = String(index);
    seen = predict.seen(index);
    panels.ask(predict.vertex());
    transport.tell(index);
    if (predict.asks()) predict.show(panels.caption, panels.formula);
    else panels.say(index);
    panels.tabulate(seen);
    passes.tell(index);
    inspect();
    drawing.go(seen);
    predict.draw();
    if (colour.way() !== "plain") tint();
    if (anchor === null) follow();
    look();
    if (predict.asks()) {
      if (transport.playing()) transport.play(false);
      if (!live) predict.enter();
    } else if (!live) drawing.fly(900 / transport.speed());
    const current = picture.frames[index];
    say("viz:step", {
      step: index, line: current?.span?.line ?? null, span: current?.span ?? null,
      phase: current ? half(current) : "forward" });
    tell();
  }

  function tell() {
    const box = picture.vertices[chosen];
    say("viz:view", {
      step: index,
      speed: transport.speed() === 1 ? null : transport.speed(),
      node: box && !box.group ? box.id : null,
      view: camera.told(),
      colour: colour.way() === "plain" ? null : colour.way(),
      predict: predict.on() ? "1" : null,
      playing: transport.playing(),
    });
  }

  function changed() {
    // While it plays, a screen reader is not interrupted by each sentence.
    panels.caption.setAttribute("aria-live", transport.playing() ? "off" : "polite");
    tell();
  }

  const present = () => chosen ?? picture.frames[index]?.vertex ?? -1;

  function inspect() {
    panels.inspect(present(), seen);
    health.tell(seen, present());
    path.show(picture, picture.vertices[present()]);
    drawing.ring(["chosen", chosen]);
  }

  function choose(vertex) {
    chosen = vertex;
    inspect();
    tell();
  }

  // Keys and pointer

  root.addEventListener("keydown", (event) => {
    if (!picture || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) { event.preventDefault(); walk(event.key); return; }
    if (event.target === root && groupKey(event.key)) { event.preventDefault(); return; }
    // A button keeps its own space, the slider its arrows, the list its letters.
    const tag = event.target.tagName;
    const own = (tag === "BUTTON" && event.key === " ") || (tag === "SELECT" && !"[]".includes(event.key))
      || (tag === "INPUT" && event.key.startsWith("Arrow"));
    // A letter is a place on the keyboard too: 한글 is written with other letters.
    const known = { ...zoom.keys, ...transport.keys(), "?": keys.show };
    const action = known[event.key] ?? known[event.code];
    if (own || !action) return;
    event.preventDefault();
    action();
  });

  // Shift and an arrow: to the nearest box that way.
  function walk(key) {
    const place = nearest(picture.vertices, picture.vertices[present()]?.box ?? [0, 0], key, index);
    if (place >= 0) found(place);
  }

  // Enter opens the chosen group or call, Backspace folds the one around, Escape chooses nothing.
  function groupKey(key) {
    const vertex = picture.vertices[present()];
    if (key === "Enter" && vertex?.opens) fold(vertex.opens);
    else if (key === "Backspace" && vertex?.within) fold(`-${vertex.within}`);
    else if (key === "Escape" && chosen !== null) choose(null);
    else return false;
    return true;
  }

  function hint(place) { tip.show(place ? vertexAt(place) : -1, seen); }

  listen(frame, camera, {
    look() { look(); tell(); },
    hint,
    choose(place) {
      const vertex = vertexAt(place);
      if (vertex < 0) return;
      const { group, opens } = picture.vertices[vertex];
      const again = chosen === vertex;
      choose(vertex);
      if (group || (opens && again)) fold(opens); // a call is looked at first, then opened
    },
  });

  /** @param {Goto} to */
  function onGoto({ step, vertex }) {
    if (picture && step !== undefined) transport.go(step);
    if (picture?.vertices[vertex]) found(vertex);
  }
  function onState({ state }) {
    running = state === "ready" ? null : state;
    if (data) mark();
  }

  async function onDraw(asked) {
    if (!picture) return;
    asked.taken = true;
    const { live } = asked;
    // A figure that is drawn already was not sent.
    const next = live?.picture ? { figure: picture.figure, ...live.picture } : picture;
    data = live ? { ...given, state: live.state, picture: next } : given;
    if (await bring(live !== null)) asked.done();
  }
  const deaf = hear({ "viz:goto": onGoto, "viz:stale": onState, "viz:draw": onDraw });

  const sized = new ResizeObserver(() => {
    if (!picture || !frame.clientWidth) return;
    measure();
    if (camera.fitted) camera.fit();
    follow();
    look();
  });
  sized.observe(frame);

  function label() {
    const words = picture.words;
    root.lang = picture.language;
    root.dataset.theme = picture.theme;
    root.setAttribute("aria-label", words.graph);
    zoom.open(picture);
    keys.open(picture);
    legendForward.textContent = words.legend_forward;
    legendBackward.textContent = words.legend_backward;
    for (const [name, value] of Object.entries(picture.colours ?? {})) {
      root.style.setProperty(`--viz-${name}`, value);
    }
  }

  // Whether two pictures are of nearly the same program.
  function alike(old, next) {
    if (!old) return false;
    if (old.structure === next.structure || anchor !== null) return true;
    const names = new Set(old.vertices.map(({ name }) => name));
    return next.vertices.filter(({ name }) => names.has(name)).length >= next.vertices.length / 2;
  }

  // What a link asks for, once; what it leaves open stays as it is.
  function obey() {
    if (data.asked === asked) return false;
    asked = data.asked;
    if (Number.isInteger(data.step)) index = data.step;
    transport.setSpeed(data.speed);
    const wanted = picture.vertices.findIndex(({ id }) => id === data.node);
    chosen = wanted >= 0 ? wanted : null;
    colour.choose(data.colour ?? "plain");
    predict.choose(data.predict);
    if (data.view) camera.obey(data.view);
    return true;
  }

  // Whether it was drawn; not when another one came before.
  async function open(next, live) {
    const Plotly = await loadPlotly(given.plotly);
    if (next !== data.picture) return false;
    const old = picture;
    const kept = alike(old, next);
    const goesOn = transport.playing() && old?.structure === next.structure;
    const was = old?.vertices[chosen];
    const moment = old?.frames[index]?.moment ?? 0;
    picture = next;
    chosen = was ? picture.vertices.findIndex((v) => v.name === was.name && v.kind === was.kind) : null;
    if (chosen === -1) chosen = null;
    camera.picture = picture;
    label();
    note.textContent = picture.note;
    panels.open(picture);
    transport.open(picture);
    passes.open(picture);
    health.open(picture, panels);
    search.open(picture);
    colour.open(picture);
    predict.open(picture);
    map.open(picture);
    tip.open(picture);
    if (!kept) index = 0;
    else if (anchor !== null && picture.frames.length !== old.frames.length) index = Math.max(0, picture.frames.findIndex((frame) => frame.moment >= moment));
    const free = !obey() || !data.view;
    index = Math.max(0, Math.min(picture.frames.length - 1, index));
    measure();
    if (anchor !== null) stay();
    else if (free && (!kept || camera.fitted)) camera.fit();
    if (!await drawing.open(Plotly, picture, index, kept)) return false;
    transport.play(goesOn);
    show(index, live);
    anchor = null;
    return true;
  }

  // What was opened or folded stays where it was on the screen, at its scale.
  function stay() {
    const vertex = picture.vertices.find(({ opens }) => opens === anchor.id)
      ?? picture.vertices.find(({ within }) => within === anchor.id);
    if (!vertex) return;
    camera.x = vertex.box[0] - (anchor.at[0] - camera.width / 2) / camera.scale;
    camera.y = vertex.box[1] - (anchor.at[1] - camera.height / 2) / camera.scale;
    camera.fitted = false;
    camera.rein();
  }

  // Whether it is there; not when another came before.
  async function bring(live) {
    message.textContent = "";
    try {
      if (picture?.version !== data.picture.version) { if (!await open(data.picture, live)) return false; }
      else if (obey()) transport.go(index);
      mark();
      if (!live) say("viz:drawn", data.program);
    } catch (error) { message.textContent = /** @type {Error} */ (error).message; }
    return true;
  }

  return {
    update(incoming, { setStateValue }) {
      folds = folds.filter(([number]) => number > incoming.folded);
      data = given = incoming;
      send = setStateValue;
      bring(false);
    },
    end() {
      callOff();
      transport.end();
      panels.end();
      drawing.end();
      predict.end();
      sized.disconnect();
      deaf();
      root.remove();
    },
  };
}

export default mount(".viz-stage", createStage);
