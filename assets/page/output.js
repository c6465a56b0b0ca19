// What the notebook prints, as text and nothing else: data.label, data.name, data.empty, data.pieces
// of [text, "out" or "err"], the latter warnings and the like, data.run (of the session; says with
// window event "viz:printed" that it is shown).
//
// Listens to window event "viz:live" {printed}: what to show while a number is dragged.

function createOutput(root) {
  const label = document.createElement("h2");
  label.className = "viz-label";
  const text = document.createElement("pre");
  text.tabIndex = 0; // long output scrolls by keyboard
  root.append(label, text);
  let data = null;
  let shown = null;

  function show(pieces) {
    const next = JSON.stringify([pieces, data.empty]);
    if (next === shown) return; // what is selected stays so
    shown = next;
    text.replaceChildren(...pieces.map(([said, stream]) => {
      const piece = document.createElement("span");
      piece.className = `viz-${stream}`;
      piece.textContent = said;
      return piece;
    }));
    if (!pieces.length) text.textContent = data.empty;
    text.classList.toggle("viz-empty", !pieces.length);
  }

  function onLive({ detail }) { if (data) show(detail?.printed ?? data.pieces); }
  window.addEventListener("viz:live", onLive);

  return {
    update(next) {
      data = next;
      root.setAttribute("aria-label", data.name);
      label.textContent = data.label;
      show(data.pieces);
      document.documentElement.dataset.vizPrinted = String(data.run);
      window.dispatchEvent(new Event("viz:printed"));
    },
    end() { window.removeEventListener("viz:live", onLive); root.replaceChildren(); },
  };
}

const outputs = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".viz-output");
  if (!outputs.has(root)) outputs.set(root, createOutput(root));
  outputs.get(root).update(data);
  return () => { outputs.get(root)?.end(); outputs.delete(root); };
}
