// What is far out of sight is taken out of the page's layout: a step then costs what is in sight,
// however large the picture is.

const AROUND = 0.5; // of the view, at each of its sides: what stays
const EARLY = 0.25; // of the view: after so long a way it is looked at anew

const STILL = [0, 0];

// [left, top, right, bottom] of what Plotly drew: a path, whose commands all have pairs of numbers, or
// a text, which is taken for its middle.
function extent(made) {
  const numbers = made.getAttribute("d")?.match(/-?[\d.]+/g) ?? ["x", "y"].map((name) => made.getAttribute(name));
  const [xs, ys] = [0, 1].map((axis) => numbers.filter((_, place) => place % 2 === axis).map(Number));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export function createCull(camera) {
  let elements = []; // Plotly's
  let owners = []; // of each, the number of its vertex or -1
  let extents = new Float64Array(0); // four of each; plain numbers, for this is done while the view moves
  let hidden = new Uint8Array(0);
  let moves = null; // of each vertex, the way to where it is still seen
  let at = { scale: 0, x: 0, y: 0 }; // the view that was looked at last

  function look() {
    const [wide, high] = [camera.width / camera.scale, camera.height / camera.scale];
    if (camera.scale === at.scale && Math.abs(camera.x - at.x) < EARLY * wide
      && Math.abs(camera.y - at.y) < EARLY * high) return;
    at = { scale: camera.scale, x: camera.x, y: camera.y };
    const [left, right] = [at.x - (0.5 + AROUND) * wide, at.x + (0.5 + AROUND) * wide];
    const [top, bottom] = [at.y - (0.5 + AROUND) * high, at.y + (0.5 + AROUND) * high];
    for (let place = 0; place < hidden.length; place += 1) {
      const [dx, dy] = moves?.[owners[place]] ?? STILL;
      const first = 4 * place;
      const away = extents[first] + Math.min(0, dx) > right || extents[first + 2] + Math.max(0, dx) < left
        || extents[first + 1] + Math.min(0, dy) > bottom || extents[first + 3] + Math.max(0, dy) < top;
      if (away === Boolean(hidden[place])) continue;
      hidden[place] = Number(away);
      elements[place].style.display = away ? "none" : "";
    }
  }

  return {
    look,

    // What Plotly drew, and whose it is.
    open(drawn, of, vertices) {
      [elements, owners] = [drawn, of];
      hidden = new Uint8Array(drawn.length);
      extents = new Float64Array(drawn.flatMap((made, place) => {
        if (of[place] < 0) return extent(made);
        const [x, y, , , width, height] = vertices[of[place]].box;
        return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      }));
      at.scale = 0;
    },

    // While vertices glide they are seen on their way; null when they have come.
    glide(next) {
      moves = next;
      at.scale = 0;
      look();
    },
  };
}
