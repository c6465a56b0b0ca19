// The moving picture: opens a payload of viz_app/picture/payload.py and steps through it.
//
// In:  data.picture (redrawn only if its version changes), data.program (its text and revision),
//      data.state, data.run, data.step, data.speed, data.node, data.view, data.colour, data.names, data.hide_constants,
//      data.predict and data.present (a link's initial state; applied once per data.asked), data.embedded,
//      data.plotly (its address), data.folded and data.turned (the last answered wishes), data.turn
//      (the backward pass that was chosen).
// Out: state "fold" = {groups: [[number, "ID" to open or "-ID" to fold], ...]}, the unanswered
//      wishes; "turn" = {number, turn, revision}, a backward pass to be recorded. Window event
//      "viz:step" {index, step, line, span, phase} at each step, "viz:drawn" with data.program once
//      it is shown, and "viz:view" {step, speed, node, view, colour, names, constants, predict,
//      present, playing} when the state in a link changes.
// Listens to window events "viz:goto" {step or vertex}, "viz:stale" {state}, and "viz:draw"
// {live: {picture, state}, done}: the picture until the server's next one, null ends it; `done` is
// called then.

import { element } from "../page/element.js";
import { hear, say } from "../page/events.js";
import { mount } from "../page/panel.js";
import { createCode } from "./code.js";
import { createCamera } from "./camera.js";
import { createDrawing } from "./drawing.js";
import { createFolding } from "./folding.js";
import { listen } from "./gestures.js";
import { createColour } from "./colour.js";
import { createMap } from "./minimap.js";
import { createPanels } from "./panels.js";
import { createPasses } from "./passes.js";
import { createPath } from "./path.js";
import { createPen } from "./pen.js";
import { loadPlotly } from "./plotly.js";
import { createHealth } from "./health.js";
import { actionOf, groupOf, isFree } from "./keyboard.js";
import { createKeys } from "./keys.js";
import { createInvite } from "./invite.js";
import { createLink, remembered } from "./link.js";
import { whenAllShow } from "./ready.js";
import { leadTo } from "./reach.js";
import { createSearch } from "./search.js";
import { createPredict } from "./predict.js";
import { alike, sameBox, sameMoment } from "./succession.js";
import { createPresenter } from "./presenter.js";
import { createSwitch } from "./switch.js";
import { createTip } from "./tip.js";
import { createTransport } from "./transport.js";
import { createTurns } from "./turns.js";
import { nearest, toldOf, under } from "./walk.js";
import { createZoom } from "./zoom.js";

/** @import { Goto, Picture, StageData } from "../browser.js" */
/** @import { Draw } from "../page/events.js" */

const FLIGHT_MS = 1300; // at speed 1, of the 1600 until the next step

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
  const names = createSwitch(tools, "vizNames", ["plain", "torch"], () => { if (picture) show(index, true); });
  const constants = createSwitch(tools, "vizConstants", ["shown", "hidden"], () => tell());
  legend.append(legendBackward);
  const frame = element("div", "viz-frame", root);
  const camera = createCamera();
  const drawing = createDrawing(frame, camera);
  const folding = createFolding(camera);
  const link = createLink();
  // Below the picture, so that nothing covers a card.
  const tray = element("div", "viz-tray", root);
  const map = createMap(tray, camera, look);
  const path = createPath(tray, (group) => fold(`-${group}`));
  const zoom = createZoom(tray, camera, (name) => {
    if (!picture) return;
    if (name !== "fit") follow();
    look();
    tell();
  });
  const invite = createInvite(tray, () => transport.play(true, true));
  const pen = createPen(root);
  const presenter = createPresenter(root, zoom.root, () => {
    camera.presented = presenter.on();
    if (!presenter.on()) pen.put(false);
    if (!picture) return;
    measure();
    if (camera.fitted) camera.fit();
    follow();
    look();
    tell();
  });
  const keys = createKeys(root, zoom.root);
  const full = element("a", "viz-full", tray); // out of a frame in another page
  full.target = "_blank";
  const message = element("p", "viz-message", frame);
  const note = element("p", "viz-message viz-note", frame); // the reason why the picture is reduced
  const transport = createTransport(root, { show, changed });
  const code = createCode(root);
  const turns = createTurns(fold);
  const passes = createPasses(root, {
    go: (step) => transport.go(step), settle: ({ turn }) => turns.settle(picture, turn),
    request: (wish) => send("turn", { ...wish, revision: data.program.revision }) });
  const health = createHealth(root, found);
  const panels = createPanels(root, fold);
  const where = element("p", "viz-where", root); // for a screen reader: the box that a key led to
  where.setAttribute("role", "status");
  const tip = createTip(frame, camera, panels);
  const predict = createPredict(root, tools, panels.caption, drawing.over, {
    again() { if (picture) show(index); }, changed: () => tell() });

  /** @type {Picture | null} */
  let picture = null;
  /** @type {StageData | null} */
  let data = null;
  /** @type {StageData | null} */
  let given = null; // from the server
  let index = 0;
  let seen = 0; // the step in the picture: the one before while its question is open
  let chosen = null; // a vertex
  let running = null; // "running" or "stale", as reported by the program's panel
  let callOff = () => {}; // the function that waits for the other panels
  let send = null;

  function look() { drawing.look(); map.look(); }

  function tint() {
    if (!picture) return;
    const strengths = colour.strengths(picture.vertices, (place) => panels.sizeOf(place, seen),
      (place) => panels.strangeOf(place, seen));
    drawing.tint(strengths, colour.way() === "value" ? "value" : "gradient");
  }

  // Groups

  function fold(group) {
    send("fold", { groups: folding.ask(picture, group) });
  }

  function found(place) {
    choose(place);
    const { x, y } = picture.vertices[place].box;
    camera.follow({ left: x - 60, top: y - 40, right: x + 60, bottom: y + 40 });
    look();
  }

  // The boxes that can be seen now.
  const visible = (place) => picture.vertices[place].first <= index && !(constants.on() && picture.constants.includes(place));
  const vertexAt = (point) => (picture ? under(picture, camera, visible, point) : -1);

  function measure() {
    const most = Number.parseFloat(getComputedStyle(frame).maxHeight);
    frame.style.height = `${camera.wish(frame.clientWidth, most)}px`;
    camera.width = frame.clientWidth || 1;
    camera.height = frame.clientHeight || 1;
    panels.measure();
  }

  function follow() {
    const current = picture.frames[index];
    if (!current) return;
    const { x = 0, y = 0, width = 0, height = 0 } = picture.vertices[current.vertex]?.box ?? {};
    const own = { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
    camera.step(current.focus, width ? own : current.focus);
  }

  function mark() {
    callOff();
    full.hidden = !data.embedded;
    const address = new URL(location.href);
    for (const name of ["embed", "embed_options"]) address.searchParams.delete(name);
    full.href = address.href;
    full.textContent = picture?.words.open_full ?? "";
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
    code.tell(seen);
    pen.tell(index);
    invite.show(index === picture.opens && !transport.playing() && !predict.asks());
    inspect();
    const flies = !live && !predict.asks();
    drawing.go(seen, flies);
    predict.draw();
    if (colour.way() !== "plain") tint();
    follow();
    look();
    if (predict.asks()) {
      if (transport.playing()) transport.play(false);
      if (!live) predict.enter();
    } else if (flies) drawing.fly(FLIGHT_MS / transport.speed());
    const current = picture.frames[index];
    say("viz:step", {
      step: index, line: current?.span?.line ?? null, span: current?.span ?? null,
      phase: current?.half ?? "forward" });
    tell();
  }

  function tell() {
    say("viz:view", remembered({
      index, box: picture.vertices[chosen], speed: transport.speed(), view: camera.told(),
      colour: colour.way(), names: names.on(), constants: constants.on(), predict: predict.on(), present: presenter.on(), opens: picture.opens,
      playing: transport.playing() }));
  }

  function changed() {
    // During playback a screen reader is not interrupted by each sentence.
    panels.caption.setAttribute("aria-live", transport.playing() ? "off" : "polite");
    if (picture) invite.show(index === picture.opens && !transport.playing() && !predict.asks());
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
    const target = /** @type {HTMLElement} */ (event.target);
    const group = target === root ? groupOf(event.key, picture.vertices[present()]) : null;
    const action = group !== null ? () => fold(group)
      : target === root && event.key === "Escape" && chosen !== null ? () => choose(null)
        : actionOf(event, target.tagName, { ...zoom.keys, ...transport.keys(), "?": keys.show, KeyF: presenter.toggle,
          ...presented() });
    if (!action) return;
    event.preventDefault();
    action();
  });

  // The keys of presenter mode: Escape first puts the pen away.
  const presented = () => presenter.on() && {
    KeyD: pen.toggle, KeyX: pen.clear, Escape: pen.on() ? pen.toggle : presenter.toggle };

  // A presenter's clicker, and whoever has pressed nothing yet: these keys need no focus.
  function onKey(event) {
    if (!picture || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (root.contains(target) || !isFree(event, target) || document.querySelector("dialog[open]")) return;
    const { " ": play, ArrowLeft, ArrowRight, PageUp, PageDown } = transport.keys();
    const action = actionOf(event, target.tagName, {
      " ": play, ArrowLeft, ArrowRight, PageUp, PageDown, ...presented() });
    if (!action) return;
    event.preventDefault();
    action();
  }
  document.addEventListener("keydown", onKey);
  const leave = leadTo(root);

  // Shift and an arrow: to the nearest box in that direction.
  function walk(key) {
    const place = nearest(picture.vertices, picture.vertices[present()]?.box ?? { x: 0, y: 0 }, key, visible);
    if (place >= 0) found(place);
    where.textContent = place < 0 ? picture.words.walked_nowhere
      : toldOf(picture.vertices[place], seen, panels.gradientOf(place, seen), picture.words);
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
      if (group || (opens && again)) fold(opens); // the first click on a call shows it, the second opens it
    },
  });

  /** @param {Goto} to */
  function onGoto({ step, node, vertex, group }) {
    if (picture && group) fold(group);
    else if (picture && step !== undefined && step !== null) transport.go(step);
    if (picture?.vertices[vertex]) found(vertex);
    if (picture && node !== undefined) {
      const place = picture.vertices.findIndex(({ id }) => id === node);
      choose(place < 0 ? null : place);
    }
  }
  function onState({ state }) {
    running = state === "ready" ? null : state;
    if (data) mark();
  }

  /** @param {Draw} asked */
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
    presenter.open(picture);
    pen.open(picture);
    keys.open(picture);
    legendForward.textContent = words.legend_forward;
    legendBackward.textContent = words.legend_backward;
    for (const [name, value] of Object.entries(picture.colours ?? {})) {
      root.style.setProperty(`--viz-${name}`, value);
    }
  }

  // Apply a link's settings, once: returns what they were, or null.
  function obey() {
    const wishes = link.wishes(data, picture);
    if (!wishes) return null;
    index = wishes.index ?? index;
    transport.setSpeed(wishes.speed);
    chosen = wishes.chosen;
    colour.choose(wishes.colour);
    names.obey(wishes.names);
    constants.obey(wishes.constants);
    predict.choose(wishes.predict);
    presenter.present(wishes.present);
    if (wishes.view) camera.obey(wishes.view);
    return wishes;
  }

  // True if it was drawn; false if another picture arrived before.
  /** @param {Picture} next @param {boolean} live */
  async function open(next, live) {
    const Plotly = await loadPlotly(given.plotly);
    if (next !== data.picture) return false;
    const old = picture;
    const kept = folding.under() || alike(old, next);
    const goesOn = transport.playing() && old?.structure === next.structure;
    picture = next;
    chosen = sameBox(old, picture, chosen);
    camera.picture = picture;
    label();
    note.textContent = picture.note;
    panels.open(picture);
    transport.open(picture);
    code.open(picture);
    invite.open(picture);
    passes.open(picture, data);
    health.open(picture, panels);
    search.open(picture);
    colour.open(picture);
    names.open("grad_fn", picture.words.names, picture.vertices.length > 0);
    constants.open(picture.words.constants, picture.words.constants_hide, picture.constants.length > 0);
    predict.open(picture);
    map.open(picture);
    tip.open(picture);
    if (!kept) index = picture.opens;
    else if (folding.under()) index = passes.opened()?.first ?? sameMoment(old, picture, index);
    const arrived = passes.arrived(data);
    if (arrived) index = arrived.first;
    const wishes = obey();
    const free = !wishes?.view;
    index = Math.max(0, Math.min(picture.frames.length - 1, index));
    measure();
    if (folding.under()) folding.stay(picture);
    else if (free && (!kept || camera.fitted)) camera.fit();
    if (!await drawing.open(Plotly, picture, index, kept)) return false;
    const plays = goesOn || (!old && data.state === "ready" && wishes?.index === undefined && !predict.on()
      && !matchMedia("(prefers-reduced-motion: reduce)").matches && invite.first());
    show(index, live);
    transport.play(plays, !goesOn);
    folding.done();
    return true;
  }

  // True once it is shown; false if another picture arrived before.
  async function bring(live) {
    message.textContent = "";
    try {
      if (picture?.version !== data.picture.version) { if (!await open(data.picture, live)) return false; }
      else {
        passes.arrived(data);
        if (obey()) transport.go(index);
        passes.tell(index);
      }
      mark();
      if (!live) say("viz:drawn", data.program);
    } catch (error) { message.textContent = /** @type {Error} */ (error).message; }
    return true;
  }

  return {
    /** @param {StageData} incoming */
    update(incoming, { setStateValue }) {
      folding.answered(incoming.folded);
      data = given = incoming;
      send = setStateValue;
      bring(false);
    },
    end() {
      callOff();
      document.removeEventListener("keydown", onKey);
      leave();
      presenter.end();
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
