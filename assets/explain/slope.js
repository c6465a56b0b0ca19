// The result as a curve over one element, and the tangent at a point that can be dragged.

import { element, svg } from "../page/element.js";

const [WIDTH, HEIGHT, MARGIN] = [520, 240, 14];

export function createSlope(pane) {
  const choice = element("select", "viz-choice", pane);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "viz-slope", "aria-hidden": "true" }, pane);
  const control = element("input", "viz-point", pane);
  control.type = "range";
  control.min = "0";
  const words = element("p", "viz-slope-words", pane);
  words.setAttribute("aria-live", "polite");
  let data = null;

  const curve = () => data.curves[Number(choice.value)];

  function scale(points) {
    const ys = points.map(([, y]) => y).filter((y) => y !== null);
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const [first, last] = [points[0][0], points.at(-1)[0]];
    return {
      x: (x) => MARGIN + ((x - first) / (last - first || 1)) * (WIDTH - 2 * MARGIN),
      y: (y) => HEIGHT - MARGIN - ((y - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN),
    };
  }

  function draw() {
    const one = curve();
    drawing.replaceChildren();
    words.textContent = one ? "" : data.words.no_curve;
    control.hidden = !one;
    drawing.style.display = one ? "" : "none";
    if (!one) return;
    const { points, texts } = one;
    const to = scale(points);
    const known = points.filter(([, y]) => y !== null);
    svg("polyline", { class: "viz-curve", points: known.map(([x, y]) => `${to.x(x)},${to.y(y)}`).join(" ") }, drawing);
    const place = Number(control.value);
    const middle = (points.length - 1) / 2;
    const [x, y, slope] = points[place];
    if (y !== null && slope !== null) {
      const [first, last] = [points[0][0], points.at(-1)[0]];
      svg("line", { class: "viz-tangent", x1: to.x(first), y1: to.y(y + slope * (first - x)),
        x2: to.x(last), y2: to.y(y + slope * (last - x)) }, drawing);
      svg("circle", { class: "viz-dot", cx: to.x(x), cy: to.y(y), r: 7 }, drawing);
    }
    const [xText, yText, slopeText] = texts[place];
    const key = place === middle ? "slope_here" : "slope_there";
    words.textContent = data.words[key].replaceAll("{name}", one.name).replaceAll("{root}", one.root)
      .replaceAll("{x}", xText).replaceAll("{y}", yText).replaceAll("{slope}", slopeText);
    control.setAttribute("aria-valuetext", words.textContent);
  }

  function drag(event) {
    if (!event.buttons || !curve()) return;
    const box = drawing.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width * WIDTH;
    const share = (part - MARGIN) / (WIDTH - 2 * MARGIN);
    control.value = String(Math.round(share * (curve().points.length - 1)));
    draw();
  }
  drawing.addEventListener("pointerdown", (event) => { drawing.setPointerCapture(event.pointerId); drag(event); });
  drawing.addEventListener("pointermove", drag);
  control.addEventListener("input", draw);

  function reset() {
    const one = curve();
    control.max = String(one ? one.points.length - 1 : 0);
    control.value = String(one ? (one.points.length - 1) / 2 : 0);
    draw();
  }
  choice.addEventListener("change", reset);

  return {
    update(next) {
      data = next;
      const before = choice.selectedOptions[0]?.textContent;
      choice.replaceChildren();
      choice.setAttribute("aria-label", data.words.element);
      control.setAttribute("aria-label", data.words.point);
      data.curves.forEach(({ name }, place) => {
        const option = element("option", "", choice, name);
        option.value = String(place);
        option.selected = name === before;
      });
      choice.hidden = data.curves.length < 2;
      reset();
    },
  };
}
