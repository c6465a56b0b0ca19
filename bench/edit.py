"""Time until an edit becomes a picture, and pictures per second during a drag.

`python -m bench.edit [seed|100|1000 ...]` drives the real app in a real Chromium: an arrow key in a
number's field, then a drag across it, on the seed and on programs of 100 and 1,000 operations.
Times are from the key to the frame after the new numbers appear on the page, in milliseconds;
pictures are counted if their numbers differ from those before. The server's work is measured again
here, stage by stage.
"""

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

import msgspec
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as NoPicture

from tests.browser.serve import CHROMIUM, FLAGS, serve
from viz_app import share
from viz_app.engine import client
from viz_app.knowledge import lessons, text
from viz_app.limits import Limits
from viz_app.paths import PROJECT
from viz_app.picture import scene
from viz_app.picture.payload import payload
from viz_app.picture.words.proof import Proofs

ROUNDS = 20
DRAG_SECONDS = 5.0
PATIENCE_MS = 60_000
"""Time limit for one picture."""
LOG = PROJECT / "artefacts" / "bench.log"

T = TypeVar("T")
P = ParamSpec("P")


def recurrent(operations: int) -> str:
    """A program that records about this many operations, three per iteration."""
    return (
        "x = torch.tensor([2., 3.], requires_grad=True)\n"
        "w = torch.tensor(0.9)\n"
        "h = x\n"
        f"for _ in range({operations // 3}):\n"
        "    h = (w * h + x).tanh()\n"
        "h.sum().backward()\n"
    )


PROGRAMS = {
    "seed": (lessons.first().program, "a, position 1", "data=[{}, 3]"),
    "100": (recurrent(100), "x, position 1", "tensor([{}., 3.]"),
    "1000": (recurrent(1000), "x, position 1", "tensor([{}., 3.]"),
}
"""Program -> its text, the edited field, and the text around its first number."""

# The times of the browser's requests and of the answers, with their bytes, by the page's clock.
MESSAGES = """
window.seen = {keys: [], sent: [], got: [], painted: []};
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({data}) => seen.got.push([performance.now(),
      data.byteLength ?? data.size ?? data.length]));
  }
  send(data) { seen.sent.push(performance.now()); super.send(data); }
};
"""
# The same, and the times of key presses and of newly painted numbers.
LISTEN = (
    MESSAGES
    + """
addEventListener('keydown', () => seen.keys.push(performance.now()), true);
addEventListener('DOMContentLoaded', () => {
  let before = '';
  let waits = false;
  const look = () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => setTimeout(() => {
      waits = false;
      const now = document.querySelector('.viz-stage table')?.textContent ?? '';
      if (now === before) return;
      before = now;
      seen.painted.push(performance.now());
    }));
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
});
"""
)
PAINTED = """(patience) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no picture')), patience);
  const look = () => (seen.painted.length ? resolve() : setTimeout(look, 20));
  look();
})"""
CLEAR = "() => { for (const each of Object.values(seen)) each.length = 0; }"


def timed(rounds: list[float], call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the call; its duration in milliseconds is added to `rounds`."""
    start = time.perf_counter()
    result = call(*args, **kwargs)
    rounds.append(1000 * (time.perf_counter() - start))
    return result


def stages(source: str, before: str) -> Mapping[str, float]:
    """Median milliseconds of each stage of the server's work on one edit."""
    names = ("start a child", "run and record", "story and layout", "figure and words", "serialise")
    rows: dict[str, list[float]] = {name: [] for name in names}
    words = text.load(text.DEFAULT)
    client.start()
    scene.build(client.run(source, Limits()))
    for turn in range(ROUNDS // 2):
        edited = source.replace(before.format(2), before.format(3 + turn))
        timed(rows["start a child"], client.run, "pass", Limits())
        trace = timed(rows["run and record"], client.run, edited, Limits())
        built = timed(rows["story and layout"], scene.build, trace)
        body = timed(rows["figure and words"], payload, built, words)
        timed(rows["serialise"], msgspec.json.encode, body)
    middle = {name: statistics.median(values) for name, values in rows.items()}
    middle["run and record"] -= middle["start a child"]
    return middle


class Clock:
    """Time inside some methods of a class, each call counted once however they call each other."""

    def __init__(self, kind: type, methods: Sequence[str]) -> None:
        self.milliseconds = 0.0
        self._inside = False
        self._kind = kind
        self._theirs = {name: getattr(kind, name) for name in methods}

    def __enter__(self) -> "Clock":
        for name, method in self._theirs.items():
            setattr(self._kind, name, self._timed(method))
        return self

    def __exit__(self, *_: object) -> None:
        for name, method in self._theirs.items():
            setattr(self._kind, name, method)

    def _timed(self, method: Callable[P, T]) -> Callable[P, T]:
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            if self._inside:
                return method(*args, **kwargs)
            self._inside = True
            start = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                self.milliseconds += 1000 * (time.perf_counter() - start)
                self._inside = False

        return call


def proving(source: str, before: str) -> float:
    """Median milliseconds for the proofs of one picture."""
    words = text.load(text.DEFAULT)
    rounds = []
    for turn in range(ROUNDS // 2):
        trace = client.run(source.replace(before.format(2), before.format(3 + turn)), Limits())
        with Clock(
            Proofs, ("row", "equation", "derivative", "call", "together", "transposes")
        ) as clock:
            payload(scene.build(trace), words)
        rounds.append(clock.milliseconds)
    return statistics.median(rounds)


def opened(browser: Browser, address: str, source: str) -> Page:
    """The page with the program, at its last step. NoPicture if none appears."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(LISTEN)
    page.goto(f"{address}/?code={share.encode(source)}&step=9999999")
    page.locator("[data-state=ready][role=region]").wait_for()
    page.wait_for_load_state("networkidle")
    return page


def edits(page: Page, field: str) -> list[dict[str, float]]:
    """The parts of each round, in milliseconds, and the kilobytes received."""
    rounds = []
    box = page.get_by_role("spinbutton", name=field, exact=True)
    box.focus()
    for _ in range(ROUNDS):
        page.evaluate(CLEAR)
        box.press("ArrowUp")
        page.evaluate(PAINTED, PATIENCE_MS)
        page.wait_for_timeout(250)  # the rest of the run's messages belong to it
        seen = page.evaluate("seen")
        key, sent, painted = seen["keys"][0], seen["sent"][0], seen["painted"][0]
        # The picture is by far the largest message.
        came = max((size, at) for at, size in seen["got"] if at <= painted)[1]
        rounds.append(
            {
                "whole": painted - key,
                "until sent": sent - key,
                "server": came - sent,
                "until painted": painted - came,
                "kB": sum(size for _, size in seen["got"]) / 1000,
            }
        )
    return rounds


def drag(page: Page, field: str) -> tuple[float, float]:
    """Pictures per second, and the longest gap between two in milliseconds, during a drag."""
    box = page.get_by_role("spinbutton", name=field, exact=True)
    box.hover()
    place = box.bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(CLEAR)
    start, far = time.monotonic(), 0
    while time.monotonic() < start + DRAG_SECONDS:
        far += 7
        # There and back again over 200 px, as a hand does.
        page.mouse.move(x + 100 - abs(far % 400 - 200), y)
        page.wait_for_timeout(16)
    passed = time.monotonic() - start
    painted: Sequence[float] = page.evaluate("seen.painted")
    page.mouse.up()
    waits = [after - before for before, after in itertools.pairwise(painted)]
    return len(painted) / passed, max(waits, default=1000 * passed)


def report(name: str, browser: Browser, address: str) -> None:
    """Print the measurements of one program."""
    source, field, before = PROGRAMS[name]
    print(f"\n{name}: {ROUNDS} edits, ms")
    try:
        page = opened(browser, address, source)
    except NoPicture:
        print(f"  no picture within {PATIENCE_MS // 1000} s")
        return
    rounds = edits(page, field)
    rate, longest = drag(page, field)
    page.close()
    of: Callable[[str], list[float]] = lambda part: [each[part] for each in rounds]  # noqa: E731
    line = "  {:32}{:8.1f}{:10}".format
    print(line("key to picture, median", statistics.median(of("whole")), ""))
    print(line("key to picture, p95", statistics.quantiles(of("whole"), n=20)[-1], ""))
    for part in ("until sent", "server", "until painted"):
        print(line(f"  {part}", statistics.median(of(part)), ""))
        if part == "server":
            for stage, value in stages(source, before).items():
                print(line(f"    {stage}", value, ""))
            proofs = proving(source, before)
            share_of = proofs / statistics.median(of("whole"))
            print(line("    of these, proofs", proofs, f"  ({share_of:.1%} of key to picture)"))
    print(line("kB received", statistics.median(of("kB")), ""))
    print(line("dragging, pictures a second", rate, f"  (longest wait {longest:.0f} ms)"))


def main(names: Sequence[str]) -> int:
    """Measure the programs with these names, all by default."""
    with serve(LOG) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names or PROGRAMS:
            report(name, browser, address)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
