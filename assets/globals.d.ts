// The page's globals besides the browser's own: plotly.js, once stage/plotly.js has loaded it.

interface Plotly {
  newPlot(plot: HTMLElement, data: any, layout: any, config: unknown): Promise<unknown>;
  purge(plot: HTMLElement): void;
}

interface Window {
  Plotly?: Plotly;
}
