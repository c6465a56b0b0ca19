"""Where the time goes from an edit of the seed to the new picture: `python -m bench.edit`.

The first rows run here, stage by stage; the last row is what a user waits for in a real Chromium,
from Ctrl+Enter to the new picture painted. Medians, in milliseconds.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import ParamSpec, TypeVar

from playwright.sync_api import sync_playwright

from tests.browser.serve import CHROMIUM, FLAGS, serve
from viz_app.engine import client
from viz_app.knowledge import lessons, text
from viz_app.limits import Limits
from viz_app.picture import scene, story
from viz_app.picture.payload import payload

ROUNDS = 15
LOG = Path(__file__).resolve().parents[1] / "artefacts" / "bench.log"
SEED = lessons.first().program

T = TypeVar("T")
P = ParamSpec("P")

# Types the text, asks to run it, and waits until the new numbers have been painted.
EDIT = """([before, after]) => new Promise((resolve) => {
  const area = document.querySelector('.viz-program textarea');
  const output = document.querySelector('.viz-output pre');
  const graph = document.querySelector('[data-state][role=region]');
  area.focus();
  area.value = area.value.replace(before, after);
  area.dispatchEvent(new Event('input', {bubbles: true}));
  const start = performance.now();
  area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true}));
  const shown = after.replace('data=[', 'tensor([').replace(', 3]', '., 3.]');
  const look = () => {
    if (output.textContent.includes(shown) && graph.dataset.state === 'ready') {
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    } else {
      requestAnimationFrame(look);
    }
  };
  look();
})"""


def edits() -> Iterator[tuple[str, str]]:
    """The first number of the seed, changed again and again: (old text, new text)."""
    digits = [2 + turn % 8 for turn in range(ROUNDS + 1)]
    for before, after in pairwise(digits):
        yield f"data=[{before}, 3]", f"data=[{after}, 3]"


def timed(rounds: list[float], call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the call gives; how long it took is added to `rounds`."""
    start = time.perf_counter()
    result = call(*args, **kwargs)
    rounds.append(1000 * (time.perf_counter() - start))
    return result


def stages() -> dict[str, list[float]]:
    """Milliseconds of each stage in this process, a value a round."""
    rows: dict[str, list[float]] = {
        name: []
        for name in ("empty program", "seed program", "story", "scene", "figure", "serialise")
    }
    words = text.load(text.DEFAULT)
    client.start()
    client.run(SEED, Limits())
    for _, after in edits():
        source = SEED.replace("data=[2, 3]", after)
        timed(rows["empty program"], client.run, "pass", Limits())
        trace = timed(rows["seed program"], client.run, source, Limits())
        timed(rows["story"], story.tell, trace)
        built = timed(rows["scene"], scene.build, trace)
        body = timed(rows["figure"], payload, built, words)
        timed(rows["serialise"], json.dumps, body)
    return rows


def in_browser() -> list[float]:
    """Milliseconds from Ctrl+Enter to the painted picture, a value a round."""
    with serve(LOG) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
        page.goto(address)
        page.locator("[data-state=ready][role=region]").wait_for()
        page.wait_for_timeout(1000)
        waits = [page.evaluate(EDIT, [before, after]) for before, after in edits()]
        browser.close()
        return waits


def main() -> int:
    rows = stages()
    middle = {name: statistics.median(values) for name, values in rows.items()}
    whole = in_browser()
    felt = statistics.median(whole)
    table = {
        "fork, confine, answer": middle["empty program"],
        "run and record": middle["seed program"] - middle["empty program"],
        "story": middle["story"],
        "graph and layout": middle["scene"] - middle["story"],
        "figure and words": middle["figure"],
        "serialise": middle["serialise"],
    }
    table["Streamlit, transfer, paint"] = felt - sum(table.values())
    print(f"an edit of the seed, median of {ROUNDS}, ms")
    for name, value in table.items():
        print(f"  {name:28}{value:8.1f}")
    print(f"  {'as a user feels it':28}{felt:8.1f}   (slowest {max(whole):.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
