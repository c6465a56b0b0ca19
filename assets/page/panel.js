// The interface between Streamlit and a component: a panel is made with the data of the first mount of
// its root element, gets its data at each, and is ended with it.

/**
 * @template Data
 * @typedef {{ data: Data, parentElement: HTMLElement,
 *   setStateValue: (name: string, value: unknown) => void,
 *   setTriggerValue: (name: string, value: unknown) => void }} Component
 */

/**
 * @template Data
 * @param {string} selector of the root element
 * @param {(root: HTMLElement, first: Component<Data>) =>
 *   { update: (data: Data, component: Component<Data>) => void, end: () => void }} create
 */
export function mount(selector, create) {
  const panels = new WeakMap();
  return (/** @type {Component<Data>} */ given) => {
    const component = separate(given);
    const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(selector));
    if (!panels.has(root)) panels.set(root, { panel: create(root, component), mounts: 0 });
    const shown = panels.get(root);
    const turn = shown.mounts += 1;
    shown.panel.update(component.data, component);
    return () => {
      // Streamlit ends a mount that newer data overtook as soon as it returns, not only the last one
      // when the panel leaves the page.
      if (turn !== shown.mounts) return;
      shown.panel.end();
      panels.delete(root);
    };
  };
}

// Panels of two fragments may send in one tick: a change, and a question about it.
/**
 * @template Data
 * @param {Component<Data>} component
 * @returns {Component<Data>} the same, each of whose values leaves in a message of its own
 */
function separate(component) {
  return {
    ...component,
    setStateValue: (name, value) => alone(() => component.setStateValue(name, value)),
    setTriggerValue: (name, value) => alone(() => component.setTriggerValue(name, value)),
  };
}

/**
 * Calls `send` once the messages sent this way before have left. Streamlit makes one message of all that
 * is sent until its next timer, and one message is of a single fragment of the page.
 * @param {() => void} send
 */
export function alone(send) {
  const page = /** @type {Window & { vizSending?: Promise<void> }} */ (window); // each panel is a bundle
  const next = () => {
    send();
    return /** @type {Promise<void>} */ (new Promise((left) => { setTimeout(left); }));
  };
  page.vizSending = (page.vizSending ?? Promise.resolve()).then(next, next);
}
