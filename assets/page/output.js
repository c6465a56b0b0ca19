// What the notebook prints, as text and nothing else: data.label, data.name, data.empty, data.text.
//
// Listens to window event "viz:live" {printed}: what to show while a number is dragged.

function createOutput(root) {
  const label = document.createElement("h2");
  label.className = "viz-label";
  const text = document.createElement("pre");
  text.tabIndex = 0; // long output scrolls by keyboard
  root.append(label, text);
  let data = null;

  function show(printed) {
    if (text.textContent !== (printed || data.empty)) text.textContent = printed || data.empty;
    text.classList.toggle("viz-empty", !printed);
  }

  function onLive({ detail }) { if (data) show(detail?.printed ?? data.text); }
  window.addEventListener("viz:live", onLive);

  return {
    update(next) {
      data = next;
      root.setAttribute("aria-label", data.name);
      label.textContent = data.label;
      show(data.text);
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
