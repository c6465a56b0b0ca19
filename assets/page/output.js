// What the notebook prints, as text and nothing else: data.label, data.name, data.empty, data.text.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".viz-output");
  if (!root.firstChild) {
    const label = document.createElement("h2");
    label.className = "viz-label";
    const text = document.createElement("pre");
    text.tabIndex = 0; // long output scrolls by keyboard
    root.append(label, text);
  }
  const [label, text] = root.children;
  root.setAttribute("aria-label", data.name);
  label.textContent = data.label;
  text.textContent = data.text || data.empty;
  text.classList.toggle("viz-empty", !data.text);
}
