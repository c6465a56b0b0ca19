// The visible part of the picture and its scale: numbers only, no element.
//
// A view is {scale, x, y}: pixels per unit of the picture, and the place at the centre. In the
// automatic view each step is completely visible: if it is too large for the usual scale, the view
// shrinks for the duration of the step.

/** @import { Frame, Rectangle } from "../browser.js" */
/** @typedef {{ width: number, height: number, frames?: Pick<Frame, "focus">[] }} Seen */
/** @typedef {ReturnType<typeof createCamera>} Camera */

const MARGIN = 14; // px around the graph,
const NARROW_MARGIN = 8; // and on a phone, whose frame is narrower than
const NARROW = 480; // px
const LARGEST = 1.25; // a small graph is not enlarged beyond this,
const ROOMY = 1200; // px; in a wider frame in proportion
const FOLLOWED = 0.85; // one that does not fit as a whole is followed at this scale
const PROJECTED = 1.2; // factor for a projector's picture
const SHRUNK = 0.71; // a view is shrunk to this part of its scale (cards still show numbers) for the steps that fit then,
const FEW = 0.15; // unless they are at most this share of all: one large step would make every other one smaller;
const LEAST = 0.08; // and for any other step, while it is shown, to this scale
const CLOSEST = 4;
const PRESENTED = 960; // px of width at which a presenter's picture has its size: text of 12 px
export const SMALLEST = 0.72; // below this scale text can't be read: the view follows the step instead

export function createCamera() {
  const camera = {
    scale: 1, x: 0, y: 0,
    fitted: true, // the view is the automatic one
    kept: false, // it was, and a group that was opened or folded has kept its place since
    width: 1, height: 1, // of the frame, px
    /** @type {Seen} */
    picture: { width: 1, height: 1 },
    projected: false,
    presented: false,
    usual: 1, // the scale of the automatic view for steps that fit

    /** @returns {number} */
    fitScale() {
      return Math.min(camera.most(camera.width), (camera.width - 2 * camera.margin()) / Math.max(1, camera.picture.width),
        (camera.height - 2 * camera.margin()) / Math.max(1, camera.picture.height));
    },

    /** @param {number} width @returns {number} */
    most(width) { return camera.largest(LARGEST) * Math.max(1, width / ROOMY); },

    // A presenter's picture grows with the screen, so that its text is read from afar.
    /** @param {number} scale @returns {number} */
    largest(scale) {
      return camera.presented ? Math.max(scale, camera.width / PRESENTED) : scale * (camera.projected ? PROJECTED : 1);
    },

    /** @returns {number} */
    margin: () => (camera.width < NARROW ? NARROW_MARGIN : MARGIN),

    // The scale at which a part of the picture fits.
    /** @param {Rectangle} part @returns {number} */
    room({ left, top, right, bottom }) {
      return Math.min((camera.width - 2 * camera.margin()) / Math.max(1, right - left), (camera.height - 2 * camera.margin()) / Math.max(1, bottom - top));
    },

    // The widest of some widths of rows that is readable in the frame, or else the narrowest.
    /** @param {number[]} rows the narrowest first @returns {number} */
    row(rows) { return rows.findLast((row) => row * camera.largest(SMALLEST) <= camera.width - 2 * camera.margin()) ?? rows[0]; },

    // As a whole if it is readable then, else at a readable scale; `always` as a whole.
    /** @returns {void} */
    fit(always = false) {
      const whole = camera.fitScale();
      const followed = camera.largest(FOLLOWED);
      const least = (camera.presented ? 1 : SHRUNK) * followed;
      const rooms = (camera.picture.frames ?? []).map(({ focus }) => camera.room(focus));
      const shrinking = rooms.filter((room) => room >= least && room < followed).sort((a, b) => a - b);
      const common = shrinking[Math.floor(FEW * rooms.length)] ?? followed;
      camera.scale = always || whole >= camera.largest(SMALLEST) ? whole : common;
      camera.usual = camera.scale;
      camera.x = camera.picture.width / 2;
      camera.y = camera.picture.height / 2;
      camera.fitted = true;
      camera.kept = false;
    },

    // A view whose position something else decides; shrunk for a step that needs more room, as the
    // automatic one is.
    /** @returns {void} */
    keep() {
      if (camera.fitted) camera.usual = camera.scale;
      camera.kept ||= camera.fitted;
      camera.fitted = false;
    },

    // Bring a step wholly into view: in the middle, and smaller if it must be. A view that the
    // visitor chose moves only as far as it must.
    /** @param {Rectangle} focus @param {Rectangle} own of the box that the step is about: at least it is in view @returns {void} */
    step(focus, own) {
      if (camera.fitted || camera.kept) camera.scale = Math.max(LEAST, Math.min(camera.usual, camera.room(focus)));
      if (!camera.fitted) { camera.follow(camera.kept || camera.room(focus) >= camera.scale ? focus : own); return; }
      for (const { axis, size, whole } of axes()) {
        const middle = axis === "x" ? (focus.left + focus.right) / 2 : (focus.top + focus.bottom) / 2;
        const reach = size / 2 / camera.scale - camera.margin() / camera.scale;
        camera[axis] = whole <= 2 * reach + 0.5 ? whole / 2 : Math.max(reach, Math.min(whole - reach, middle));
      }
    },

    // Keep a box in view; a graph that fits stays in the middle.
    /** @param {Rectangle} box @returns {void} */
    follow({ left, top, right, bottom }) {
      const { scale } = camera;
      for (const { axis, size, whole } of axes()) {
        const [low, high] = axis === "x" ? [left, right] : [top, bottom];
        const half = size / 2 / scale;
        const edge = Math.min(60, half / 3);
        const margin = camera.margin() / scale;
        if (camera.fitted && whole + 2 * margin <= 2 * half + 0.5) camera[axis] = whole / 2;
        else if (high - low + 2 * edge > 2 * half) camera[axis] = (low + high) / 2;
        else {
          camera[axis] = Math.min(low - edge + half, Math.max(high + edge - half, camera[axis]));
          if (camera.fitted) {
            camera[axis] = Math.max(half - margin, Math.min(whole - half + margin, camera[axis]));
          }
        }
      }
    },

    // At most a quarter of the frame is left empty next to a picture that would fill it.
    /** @returns {void} */
    rein() {
      for (const { axis, size, whole } of axes()) {
        const [half, empty] = [size / 2 / camera.scale, size / 4 / camera.scale];
        const [low, high] = [half - empty, whole - half + empty];
        camera[axis] = low > high ? whole / 2 : Math.max(low, Math.min(high, camera[axis]));
      }
    },

    // Zoom by a factor; the picture's point under the pixel (px, py) stays under it.
    /** @param {number} factor @param {number} [px] @param {number} [py] @returns {void} */
    zoom(factor, px, py) {
      px ??= camera.width / 2;
      py ??= camera.height / 2;
      const [x, y] = camera.toPicture(px, py);
      const least = Math.min(SMALLEST, camera.fitScale()) / 2;
      camera.scale = Math.max(least, Math.min(CLOSEST, camera.scale * factor));
      camera.x = x - (px - camera.width / 2) / camera.scale;
      camera.y = y - (py - camera.height / 2) / camera.scale;
      camera.fitted = camera.kept = false;
    },

    /** @param {number} dx @param {number} dy @returns {void} */
    pan(dx, dy) {
      camera.x = Math.max(0, Math.min(camera.picture.width, camera.x - dx / camera.scale));
      camera.y = Math.max(0, Math.min(camera.picture.height, camera.y - dy / camera.scale));
      camera.fitted = camera.kept = false;
    },

    // The view in a link's form; null for the automatic one.
    /** @returns {string | null} */
    encoded() {
      if (camera.fitted) return null;
      return [Number(camera.scale.toFixed(3)), Math.round(camera.x), Math.round(camera.y)].join("_");
    },

    /** @param {number[]} view @returns {void} */
    apply([scale, x, y]) {
      Object.assign(camera, { scale: Math.max(0.01, scale), x, y, fitted: false, kept: false });
    },

    /** @param {number} x @param {number} y @returns {[number, number]} */
    toPixel(x, y) {
      return [(x - camera.x) * camera.scale + camera.width / 2, (y - camera.y) * camera.scale + camera.height / 2];
    },

    /** @param {number} px @param {number} py @returns {[number, number]} */
    toPicture(px, py) {
      return [(px - camera.width / 2) / camera.scale + camera.x, (py - camera.height / 2) / camera.scale + camera.y];
    },

    // The preferred height of a frame of this width: a flat graph leaves room to the panels below.
    /** @param {number} width @param {number} most @returns {number} */
    preferredHeight(width, most) {
      const whole = Math.min(camera.most(width), (width - 2 * camera.margin()) / Math.max(1, camera.picture.width));
      const scale = whole >= camera.largest(SMALLEST) ? whole : camera.largest(FOLLOWED);
      const wanted = camera.picture.height * scale + 2 * camera.margin() + 24;
      return Math.round(Math.max(Math.min(most, 360, Math.max(240, width * 0.38)), Math.min(most, wanted)));
    },
  };

  // Each axis with the frame's size and the picture's.
  /** @returns {{ axis: "x" | "y", size: number, whole: number }[]} */
  const axes = () => [
    { axis: "x", size: camera.width, whole: camera.picture.width },
    { axis: "y", size: camera.height, whole: camera.picture.height },
  ];
  return camera;
}
