"""The speed of the picture: `python -m bench.stage`.

First the server's part, by the size of the visible graph: layout, bytes sent, time from a trace to
the browser's data. Then a real Chromium: from a trace, and from Ctrl+Enter, to the painted picture,
and frames per second while stepping, at several places of the program, with the picture of an
operation open, and while the view moves.
Milliseconds are medians.
"""

import statistics
import sys
import time

import msgspec
from playwright.sync_api import Browser, Page, sync_playwright

from bench.edit import MESSAGES
from tests.browser.serve import CHROMIUM, FLAGS, serve
from viz_app import share
from viz_app.engine import client
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.page.server import garbage
from viz_app.paths import PROJECT
from viz_app.picture import scene
from viz_app.picture.layout import folding, graph, open_groups, placement, rows
from viz_app.picture.payload import payload
from viz_app.picture.words.notation import Reading
from viz_app.share import Settings

ROUNDS = 5
LOG = PROJECT / "artefacts" / "bench.log"
LEAVES = 8
VISIBLE = {60: 11, 500: 121, 2_000: 496}
"""Number of visible boxes (cards and discs): lines of the program, all unfolded."""
FOLDED = 1_250
"""Loop iterations of the program whose 5,000 operations stay folded."""
LOOP = """
x = torch.tensor(0.5, requires_grad=True)
z = x
for i in range({turns}):
    a = z * 0.9
    b = a + 0.1
    c = b.tanh()
    z = c - 0.2
z.backward()
"""

PLACES = (0.0, 0.5, 0.75)
"""Places where stepping is measured, as parts of all steps: little, much, all of the graph is
visible."""

GOING = """async (part) => {
  const slider = document.querySelector('.viz-slider');
  const step = Math.round(part * Number(slider.getAttribute('aria-valuemax')));
  window.dispatchEvent(new CustomEvent('viz:goto', { detail: { step } }));
}"""
FLYING = """async (steps) => {
  const slider = document.querySelector('.viz-slider');
  const flights = document.querySelector('.viz-flights');
  const middle = Math.round(Number(slider.getAttribute('aria-valuemax')) * 0.6);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const waits = [];
  for (let step = middle; step < middle + steps; step += 1) {
    window.dispatchEvent(new CustomEvent('viz:goto', { detail: { step } }));
    let before = await frame();
    while (flights.childElementCount) {
      const now = await frame();
      waits.push(now - before);
      before = now;
    }
  }
  return waits;
}"""
"""Milliseconds from frame to frame while numbers travel."""
FIRST = """
window.testVisit = new Promise((done) => {
  let drawn = 0;
  (function look(now) {
    if (!drawn && document.querySelector('.viz-plot .viz-world text')) drawn = now;
    const flies = document.querySelector('.viz-flights .viz-travels[visibility=visible]');
    if (drawn && flies) done([drawn, now]);
    else requestAnimationFrame(look);
  })(0);
});
"""
"""The times of the first picture and of the first number that travels, from the navigation."""
VISITS = 5
STEPPING = """async ([steps, turn]) => {
  const region = document.querySelector('[data-state][role=region]');
  const waits = [];
  region.focus();
  let last = performance.now();
  for (let step = 0; step < steps; step += 1) {
    const key = Math.floor(step / turn) % 2 ? 'ArrowLeft' : 'ArrowRight';
    region.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    waits.push(now - last);
    last = now;
  }
  return waits;
}"""
"""Milliseconds from frame to frame while steps are taken, forward and back again every `turn`."""
FORWARD, THERE_AND_BACK = (40, 40), (80, 4)
VIEWED = ("convolution", "attention", "cross-entropy")
"""Lessons in which the operation of a step has a picture of its own."""
MOVING = """async () => {
  const frame = document.querySelector('.viz-frame');
  const box = frame.getBoundingClientRect();
  const at = (name, x) => frame.dispatchEvent(new PointerEvent(name, {pointerId: 1, bubbles: true,
    isPrimary: true, button: 0, clientX: box.x + x, clientY: box.y + box.height / 2}));
  frame.setPointerCapture = frame.hasPointerCapture = () => true;
  const waits = [];
  at('pointerdown', box.width / 2);
  let last = performance.now();
  for (let step = 0; step < 60; step += 1) {
    at('pointermove', box.width / 2 + 4 * step);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    waits.push(now - last);
    last = now;
  }
  at('pointerup', 0);
  return waits;
}"""
TYPED = """([text]) => new Promise((resolve) => {
  const area = document.querySelector('.viz-program textarea');
  area.focus();
  area.value = text;
  area.dispatchEvent(new Event('input', {bubbles: true}));
  const start = performance.now();
  seen.got.length = 0;
  // The picture is painted when a frame after it has ended.
  addEventListener('viz:step', () => requestAnimationFrame(() => setTimeout(() => {
    const now = performance.now();
    // It is by far the largest message.
    const [came] = seen.got.sort(([, a], [, b]) => b - a)[0];
    resolve([now - start, now - came]);
  })), {once: true});
  area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true}));
})"""


def lines(count: int) -> str:
    """A program of `count` lines, two operations each, without a loop."""
    leaves = [f"w{k} = torch.tensor(0.{k + 1}, requires_grad=True)" for k in range(LEAVES)]
    body = [f"h = h * 1.001 + w{k % LEAVES}" for k in range(count)]
    return "\n".join([*leaves, "h = w0", *body, "h.backward()", ""])


def unfolded(trace: Trace) -> tuple[str, ...]:
    """Requests that open every group."""
    return tuple(folding.tree(Reading(trace), graph.build(trace)).groups)


def stages(trace: Trace, requests: tuple[str, ...]) -> tuple[int, float, float, int]:
    """Boxes, ms to the scene (a layout not seen before), ms to the payload, bytes of it."""
    words = text.load(text.DEFAULT)
    start = time.perf_counter()
    built = scene.build(trace, requests, width=rows.DESK)
    first = 1000 * (time.perf_counter() - start)
    waits = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        sent = msgspec.json.encode(payload(built, words))
        waits.append(1000 * (time.perf_counter() - start))
    return len(built.vertices), first, statistics.median(waits), len(sent)


def opens(trace: Trace) -> float:
    """Milliseconds from a trace, its layout not seen before, to the browser's first data."""
    waits = []
    for _ in range(ROUNDS):
        placement._placed.cache_clear()
        start = time.perf_counter()
        msgspec.json.encode(payload(scene.build(trace, width=rows.DESK), text.load(text.DEFAULT)))
        waits.append(1000 * (time.perf_counter() - start))
    return statistics.median(waits)


def placing(trace: Trace, requests: tuple[str, ...]) -> float:
    """Milliseconds of the layout alone."""
    whole = graph.build(trace)
    tree = folding.tree(Reading(trace), whole)
    drawn = folding.visible(whole, tree, open_groups.unfolded(tree, requests))
    waits = []
    for turn in range(ROUNDS):
        # Another size each time: the same layout would not be made twice.
        rooms = {vertex.index: (72.0 + turn, 44.0) for vertex in graph.vertices(drawn)}
        start = time.perf_counter()
        placement.lay_out(drawn, rooms, rows.DESK)
        waits.append(1000 * (time.perf_counter() - start))
    return statistics.median(waits)


def rates(waits: list[float]) -> tuple[float, float, float]:
    """Frames per second as a median and on average, and the longest gap in ms."""
    return 1000 / statistics.median(waits), 1000 / statistics.mean(waits), max(waits)


def stepping(page: Page) -> list[float]:
    """Milliseconds from frame to frame during stepping, at all places."""
    waits = []
    for place in PLACES:
        page.evaluate(GOING, place)
        page.wait_for_timeout(1000)
        waits += page.evaluate(STEPPING, FORWARD)[1:]
    return waits


def first_visit(chromium: Browser, address: str) -> None:
    """Print the times of a first visit: its first picture, and the first number that travels."""
    found = []
    for _ in range(VISITS):
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
        context.add_init_script(FIRST)
        page = context.new_page()
        page.goto(address)
        found.append(page.evaluate("window.testVisit"))
        context.close()
    picture, moving = (statistics.median(times) for times in zip(*found, strict=True))
    print(
        f"first visit: picture after {picture:.0f} ms, a number travels after {moving:.0f} ms, "
        f"{moving / picture:.2f} times as long"
    )


def viewed(chromium: Browser, address: str) -> None:
    """Print frames per second while stepping with the picture of an operation open."""
    for lesson in VIEWED:
        page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
        page.goto(f"{address}/?lesson={lesson}&step=0")
        page.locator("[data-state=ready][role=region]").wait_for()
        opens = page.get_by_role("button", name="Show as a picture", exact=True)
        last = int(page.locator(".viz-slider").get_attribute("aria-valuemax") or 0)
        for step in range(last + 1):
            page.evaluate(GOING, step / last)
            page.wait_for_timeout(50)
            if opens.is_visible():
                break
        opens.click()
        page.wait_for_timeout(1000)
        middle, mean, worst = rates(page.evaluate(STEPPING, THERE_AND_BACK)[1:])
        print(
            f"{lesson:>20}, its picture open: {middle:.0f} ({mean:.0f} on average, {worst:.0f} ms)"
        )
        page.close()


def main() -> int:
    """Print the table; return 0 always, as it judges nothing."""
    garbage.spare()
    client.start()
    print(f"{'visible':>10}{'boxes':>8}{'layout':>9}{'scene':>9}{'payload':>9}{'kB sent':>9}  (ms)")
    cases = {str(n): (lines(count), True) for n, count in VISIBLE.items()}
    cases["folded"] = (LOOP.format(turns=FOLDED), False)
    shown = {}
    for name, (program, opened) in cases.items():
        trace = client.run(program, Limits())
        requests = unfolded(trace) if opened else ()
        boxes, built, written, size = stages(trace, requests)
        where = placing(trace, requests)
        print(f"{name:>10}{boxes:8}{where:9.1f}{built:9.1f}{written:9.1f}{size / 1000:9.0f}")
        link = share.link("", Settings(program=program, groups=requests))
        shown[name] = program, link, opens(trace)
    browser(shown)
    return 0


def browser(cases: dict[str, tuple[str, str, float]]) -> None:
    """Print the results of a Chromium without a graphics card for each case: program, link of it
    unfolded, ms from its trace to the browser's data as it opens."""
    named = ("step", "mean", "worst", "fly", "mean", "worst", "move", "mean", "worst")
    heads = "".join(f"{head:>7}" for head in named)
    print(f"\n{'visible':>10}{'seen after':>11}{'made':>9}{'painted':>9}{'both':>9}{heads}")
    with serve(LOG) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (program, query, made) in cases.items():
            page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
            page.add_init_script(MESSAGES)
            page.goto(address)
            page.locator("[data-state=ready][role=region]").wait_for()
            page.wait_for_timeout(1000)
            seen, painting = page.evaluate(TYPED, [program])
            page.goto(f"{address}{query}")
            page.locator("[data-state=ready][role=region]").wait_for()
            page.wait_for_timeout(1000)
            step = rates(stepping(page))
            fly = rates(page.evaluate(FLYING, 4))
            page.get_by_role("button", name="Show everything", exact=True).click()
            move = rates(page.evaluate(MOVING)[1:])
            times = f"{seen:11.0f}{made:9.0f}{painting:9.0f}{made + painting:9.0f}"
            print(f"{name:>10}{times}" + "".join(f"{figure:7.0f}" for figure in step + fly + move))
            page.close()
        first_visit(chromium, address)
        viewed(chromium, address)
        chromium.close()
    print("as it opens, seen after: ms from Ctrl+Enter; made: from the trace to what is sent;")
    print("painted: in the browser since that came; both: from the trace to the painted picture;")
    print("step, fly, move: frames a second in the middle, and on average, all unfolded;")
    print("worst: ms of the slowest frame")


if __name__ == "__main__":
    sys.exit(main())
