// The browser's storage; a browser that blocks a frame's raises at the first access: null then.

export function lasting() {
  try { return window.localStorage; } catch { return null; }
}

// Kept while the tab is open.
export function ofTab() {
  try { return window.sessionStorage; } catch { return null; }
}
