// The moving picture: opens a payload of viz_app/picture/payload.py and steps through it.
//
// In:  data.picture (redrawn only if its version changes), data.program (its text and revision),
//      data.state, data.run, data.step, data.speed, data.node, data.view, data.colour, data.names, data.hide_constants,
//      data.predict and data.present (a link's initial state; applied once per data.asked), data.embedded,
//      data.plotly (its address), data.folded and data.pass_answered (the last answered requests), data.chosen_pass
//      (the backward pass that was chosen).
// Out: state "fold" = {groups: [[number, "ID" to open or "-ID" to fold], ...]}, the unanswered
//      requests; "pass" = {number, pass_number, revision}, a backward pass to be recorded; "row" = the width
//      of rows that fits the frame, if a picture in rows has another. Window event
//      "viz:step" {step, line, span, phase, pass, next} at each step, "viz:drawn" with data.program once
//      it is shown, and "viz:view" {step, speed, node, view, colour, names, constants, predict,
//      present, playing} when the state in a link changes.
// Listens to window events "viz:goto" {step or vertex}, "viz:stale" {state}, and "viz:draw"
// {live: {picture, state}, done}: the picture until the server's next one, null ends it; `done` is
// called then.

import { element } from "../page/element.js";
import { dispatch, listen } from "../page/events.js";
import { mount } from "../page/panel.js";
import { createCode } from "./code.js";
import { createCamera } from "./camera.js";
import { createDrawing } from "./drawing.js";
import { createFolding } from "./folding.js";
import { followGestures } from "./gestures.js";
import { createColour } from "./colour.js";
import { createMap } from "./minimap.js";
import { createPanels } from "./panels.js";
import { createPasses } from "./passes.js";
import { createPath } from "./path.js";
import { createPen } from "./pen.js";
import { loadPlotly } from "./plotly.js";
import { createHealth } from "./health.js";
import { createKeys } from "./keys.js";
import { createInvite } from "./invite.js";
import { createLink, remembered } from "./link.js";
import { whenAllShow } from "./ready.js";
import { leadTo } from "./reach.js";
import { createSearch } from "./search.js";
import { createShortcuts } from "./shortcuts.js";
import { badge, begun, isOpen, isVisible, opening, present, within } from "./state.js";
import { createPredict } from "./predict.js";
import { alike, sameBox, sameMoment, sameStep } from "./succession.js";
import { createPresenter } from "./presenter.js";
import { createSwitch } from "./switch.js";
import { createTip } from "./tip.js";
import { createTransport } from "./transport.js";
import { createIteration } from "./iteration.js";
import { createView } from "./view.js";
import { nearest, describe } from "./walk.js";
import { createZoom } from "./zoom.js";

/** @import { Goto, Pass, PassRequest, Picture, StageData } from "../browser.js" */
/** @import { Draw } from "../page/events.js" */
/** @import { Component } from "../page/panel.js" */

const SETTLED_MS = 100;
const SOON_MS = 300; // before the passes begin to play
const FLIGHT_MS = 1300; // at speed 1, of the 1600 until the next step

/** @param {HTMLElement} host @param {Component<StageData>} first */
function createStage(host, first) {
  const state = begun();
  const root = element("div", "viz-root", host);
  root.setAttribute("role", "region");
  root.tabIndex = 0;
  const legend = element("div", "viz-legend", root);
  const legendForward = element("span", "tone-value", legend);
  const mood = element("span", "viz-badge", legend);
  const legendBackward = element("span", "tone-gradient", legend);
  const tools = element("span", "viz-tools", legend);
  const search = createSearch(tools, { found, unfold: (group) => fold(group) });
  const colour = createColour(tools, () => { tint(); reportView(); });
  const names = createSwitch(tools, "vizNames", ["plain", "torch"], () => { if (isOpen(state)) show(state.index, true); });
  const constants = createSwitch(tools, "vizConstants", ["shown", "hidden"], () => { state.hides = constants.on(); reportView(); });
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
    if (!isOpen(state)) return;
    if (name !== "fit") view.follow();
    look();
    reportView();
  });
  const invite = createInvite(tray, (wait) => { inviting = false; transport.play(true, wait); });
  const pen = createPen(root);
  const presenter = createPresenter(root, zoom.root, () => {
    camera.presented = presenter.on();
    if (!presenter.on()) pen.put(false);
    view.refit();
    if (isOpen(state)) reportView();
  });
  const keys = createKeys(root, zoom.root);
  const full = element("a", "viz-full", tray); // out of a frame in another page
  full.target = "_blank";
  const message = element("p", "viz-message", frame);
  const note = element("p", "viz-message viz-note", frame); // the reason why the picture is reduced
  const transport = createTransport(root, { show, changed });
  const code = createCode(root);
  const iterations = createIteration(fold);
  const passes = createPasses(root, {
    go: (/** @type {number} */ step) => transport.go(step),
    play: (/** @type {(step: number) => number} */ after) => transport.play(!transport.playing(), SOON_MS, after),
    settle: (/** @type {Pass} */ { iteration }) => iterations.settle(state.picture, iteration),
    request: (/** @type {Omit<PassRequest, "revision">} */ wanted) => send("pass", { ...wanted, revision: data.program?.revision }) });
  const health = createHealth(root, found);
  const panels = createPanels(root, fold);
  const where = element("p", "viz-where", root); // for a screen reader: the box that a key led to
  where.setAttribute("role", "status");
  const tip = createTip(frame, camera, panels);
  const predict = createPredict(root, tools, panels.caption, drawing.over, {
    again() { if (isOpen(state)) show(state.index); }, changed: () => reportView() });

  const view = createView(state, frame, camera, {
    look, measured() { panels.measure(); wrap(); }, spare: invite.room });

  let { data, setStateValue: send } = first;
  let given = data; // from the server
  /** @type {string | null} */
  let running = null; // "running" or "stale", as reported by the program's panel
  /** @type {number | undefined} */
  let requested; // the width of rows last asked for
  let settling = 0;
  let typed = false; // the text was, since the last picture
  let inviting = false; // the first playback has not begun to step: the question is being read
  let callOff = () => {}; // the function that waits for the other panels

  function look() { drawing.look(); map.look(); }

  function tint() {
    if (!isOpen(state)) return;
    const strengths = colour.strengths(state.picture.vertices, (place) => panels.sizeOf(place, state.seen),
      (place) => panels.strangeOf(place, state.seen));
    drawing.tint(strengths, colour.way() === "value" ? "value" : "gradient");
  }

  // Groups

  /** @param {string} group */
  function fold(group) {
    send("fold", { groups: folding.ask(state.picture, group) });
  }

  /** @param {number} place */
  function found(place) {
    choose(place);
    view.reach(place);
  }

  function mark() {
    callOff();
    full.hidden = !data.embedded;
    const address = new URL(location.href);
    for (const name of ["embed", "embed_options"]) address.searchParams.delete(name);
    full.href = address.href;
    const { words } = state.picture;
    full.textContent = words.open_full ?? "";
    const now = running ?? data.state;
    mood.textContent = words[badge(now)] ?? "";
    if (now === "stale" || now === "running") root.dataset.state = now;
    else callOff = whenAllShow(data.run, () => { root.dataset.state = running ?? data.state; root.dataset.run = String(data.run); });
  }

  // A picture in rows, or one that may be, is requested in rows that fit, once the size has settled.
  function wrap() {
    clearTimeout(settling);
    settling = window.setTimeout(() => {
      settling = 0;
      const row = camera.row(given.rows);
      const { wrapped, width } = state.picture;
      if (row !== (requested ?? given.row) && (wrapped || width > row)) {
        requested = row;
        send("row", row);
      }
      settle();
    }, SETTLED_MS);
    settle();
  }

  // The size may bring another picture until it has settled, and the rows requested have come.
  function settle() {
    root.toggleAttribute("data-settling", settling !== 0 || (requested ?? given.row) !== given.row);
  }

  // Steps

  /** @param {number} next @param {boolean} [live] */
  function show(next, live = false) {
    const { picture } = state;
    const index = state.index = within(picture, next);
    inviting &&= index === picture.opens;
    root.dataset.step = String(index);
    const seen = state.seen = predict.seen(index);
    panels.ask(predict.vertex());
    transport.show(index);
    if (predict.asks()) predict.show(panels.caption, panels.formula);
    else panels.describe(index);
    panels.tabulate(seen);
    passes.show(index);
    code.show(seen);
    pen.show(index);
    offer();
    inspect();
    const flies = !live && !predict.asks();
    drawing.go(seen, flies);
    predict.draw();
    if (colour.way() !== "plain") tint();
    view.follow();
    look();
    if (predict.asks()) {
      if (transport.playing()) transport.play(false);
      if (!live) predict.enter();
    } else if (flies) drawing.fly(FLIGHT_MS / transport.speed());
    const current = picture.frames[index];
    dispatch("viz:step", {
      step: index, line: current?.span?.line ?? null, span: current?.span ?? null,
      phase: current?.half === "backward" ? "backward" : "forward", pass: passes.at(index),
      next: predict.next(index) });
    reportView();
  }

  // The opening question is shown below the opening step.
  function offer() {
    const read = inviting || !transport.playing();
    if (invite.show(state.index === state.picture.opens && read && !predict.asks())) view.refit();
  }

  function reportView() {
    const { index, picture, chosen } = state;
    dispatch("viz:view", remembered({
      index, box: chosen === null ? undefined : picture.vertices[chosen], speed: transport.speed(), view: camera.encoded(),
      colour: colour.way(), names: names.on(), constants: constants.on(), predict: predict.on(), present: presenter.on(),
      opens: picture.opens, playing: transport.playing() }));
  }

  function changed() {
    // During playback a screen reader is not interrupted by each sentence.
    panels.caption.setAttribute("aria-live", transport.playing() ? "off" : "polite");
    if (isOpen(state)) offer();
    reportView();
  }

  function inspect() {
    const at = present(state);
    panels.inspect(at, state.seen);
    health.show(state.seen, at);
    path.show(state.picture, state.picture.vertices[at]);
    drawing.ring(["chosen", state.chosen]);
  }

  /** @param {number | null} vertex */
  function choose(vertex) {
    state.chosen = vertex;
    inspect();
    reportView();
  }

  // Shift and an arrow: to the nearest box in that direction.
  /** @param {string} key */
  function walk(key) {
    const { picture, seen } = state;
    const from = picture.vertices[present(state)]?.box ?? { x: 0, y: 0 };
    const place = nearest(picture.vertices, from, key, (each) => isVisible(state, each));
    if (place >= 0) found(place);
    where.textContent = place < 0 ? picture.words.walked_nowhere
      : describe(picture.vertices[place], seen, panels.gradientOf(place, seen), picture.words);
  }

  const unbind = createShortcuts(root, {
    ready: () => isOpen(state), present: () => state.picture.vertices[present(state)], fold, walk,
    leave: () => (state.chosen === null ? null : () => choose(null)),
    every: () => ({ ...zoom.keys, ...transport.keys(), "?": keys.show, KeyF: presenter.toggle }),
    // Escape first puts the pen away.
    presented: () => (presenter.on() ? { KeyD: pen.toggle, KeyX: pen.clear,
      Escape: pen.on() ? pen.toggle : presenter.toggle } : {}),
  });
  const leave = leadTo(root);

  /** @param {[number, number] | null} place */
  function hint(place) { tip.show(place ? view.at(place) : -1, state.seen); }

  followGestures(frame, camera, {
    look() { look(); reportView(); },
    hint,
    /** @param {[number, number]} place */
    choose(place) {
      const vertex = view.at(place);
      if (vertex < 0) return;
      const { group, opens } = state.picture.vertices[vertex];
      const again = state.chosen === vertex;
      choose(vertex);
      if (opens && (group || again)) fold(opens); // the first click on a call shows it, the second opens it
    },
  });

  /** @param {Goto} to */
  function onGoto({ step, node, vertex, group }) {
    if (!isOpen(state)) return;
    const { vertices } = state.picture;
    if (group) fold(group);
    else if (step !== undefined && step !== null) transport.go(step);
    if (vertex !== undefined && vertices[vertex]) found(vertex);
    if (node !== undefined) {
      const place = vertices.findIndex(({ id }) => id === node);
      choose(place < 0 ? null : place);
    }
  }
  /** @param {{ state: string }} standing */
  function onState(standing) {
    running = standing.state === "ready" ? null : standing.state;
    typed ||= standing.state === "stale";
    mark();
  }

  /** @param {Draw} asked */
  async function onDraw(asked) {
    if (!isOpen(state)) return;
    asked.taken = true;
    const { live } = asked;
    // A figure that is drawn already was not sent.
    const { picture } = state;
    const next = live?.picture ? { ...live.picture, figure: live.picture.figure ?? picture.figure } : picture;
    data = live ? { ...given, state: live.state, picture: next } : given;
    if (await bring(live !== null)) asked.done();
  }
  const unlisten = listen({ "viz:goto": onGoto, "viz:stale": onState, "viz:draw": onDraw, "viz:asks": ({ steps }) => predict.want(steps) });

  function label() {
    const { picture } = state;
    const { words } = picture;
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
  function applyLink() {
    const settings = link.settings(data, state.picture);
    if (!settings) return null;
    state.index = settings.index ?? state.index;
    transport.setSpeed(settings.speed);
    state.chosen = settings.chosen;
    colour.choose(settings.colour);
    names.apply(settings.names);
    constants.apply(settings.constants);
    state.hides = constants.on();
    predict.choose(settings.predict);
    presenter.present(settings.present);
    if (settings.view) camera.apply(settings.view);
    return settings;
  }

  // True if it was drawn; false if another picture arrived before.
  /** @param {Picture} next @param {boolean} live */
  async function open(next, live) {
    const Plotly = await loadPlotly(given.plotly);
    if (next !== data.picture) return false;
    const old = isOpen(state) ? state.picture : null;
    const under = folding.under();
    const kept = under || alike(old, next);
    const goesOn = transport.playing() && old?.structure === next.structure;
    state.picture = next;
    state.chosen = sameBox(old, next, state.chosen);
    camera.picture = next;
    label();
    note.textContent = next.note ?? "";
    panels.open(next);
    transport.open(next);
    code.open(next);
    invite.open(next);
    path.open(next);
    passes.open(next, data);
    health.open(next, panels);
    search.open(next);
    colour.open(next);
    names.open("grad_fn", next.words.names, next.vertices.length > 0);
    constants.open(next.words.constants, next.words.constants_hide, next.constants.length > 0);
    predict.open(next);
    map.open(next);
    tip.open(next);
    state.index = opening({ next, index: old && !under ? sameStep(old, next, state.index, typed) : state.index, kept,
      moment: under && old ? sameMoment(old, next, state.index) : null,
      opened: under ? passes.opened()?.first : undefined, arrived: passes.arrived(data)?.first });
    typed = false;
    const settings = applyLink();
    const free = !settings?.view;
    state.index = within(next, state.index);
    view.measure();
    if (under) folding.stay(next);
    else if (free && (!kept || camera.fitted)) camera.fit();
    if (!await drawing.open(Plotly, next, state.index, kept)) return false;
    inviting = goesOn ? inviting : !old && data.state === "ready" && settings?.index === undefined && !predict.on()
      && !matchMedia("(prefers-reduced-motion: reduce)").matches && invite.first();
    show(state.index, live);
    transport.play(goesOn || inviting, inviting ? invite.reading() : undefined);
    folding.done();
    return true;
  }

  // True once it is shown; false if another picture arrived before.
  /** @param {boolean} live */
  async function bring(live) {
    message.textContent = "";
    try {
      if (!isOpen(state) || state.picture.version !== data.picture.version) { if (!await open(data.picture, live)) return false; }
      else {
        passes.arrived(data);
        if (applyLink()) transport.go(state.index);
        passes.show(state.index);
      }
      mark();
      if (!live) dispatch("viz:drawn", data.program);
    } catch (error) { message.textContent = /** @type {Error} */ (error).message; }
    return true;
  }

  return {
    /** @param {StageData} incoming @param {Component<StageData>} component */
    update(incoming, { setStateValue }) {
      folding.answered(incoming.folded);
      data = given = incoming;
      send = setStateValue;
      bring(false).then(settle);
    },
    end() {
      callOff();
      clearTimeout(settling);
      unbind();
      leave();
      presenter.end();
      transport.end();
      panels.end();
      drawing.end();
      predict.end();
      view.end();
      unlisten();
      root.remove();
    },
  };
}

export default mount(".viz-stage", createStage);
