"""Print, for each lesson in each language and the programs of `tests/browser/whole.py`, the steps
at which something is cut, overlaps, does not fit or is too small, and a lesson's texts that are
cut, by view:
python -m bench.whole [NAME ...]
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import seen, whole
from tests.browser.seen import ARTEFACTS
from tests.browser.serve import CHROMIUM, FLAGS, serve
from viz_app.knowledge import lessons, text

STATES = ".viz-root[data-state=ready], .viz-root[data-state=error]"
PLAYED = "try { localStorage.setItem('viz-played', '1'); } catch { /* framed */ }"


def main(names: list[str], log: Path = ARTEFACTS / "whole.log") -> None:
    wrong = steps = 0
    views = [
        (name, language)
        for name in names
        for language in (text.languages() if name in lessons.load() else (text.DEFAULT,))
    ]
    with serve(log) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(locale="en-US", reduced_motion="reduce")
        context.add_init_script(PLAYED)
        page = context.new_page()
        for name, language in views:
            for view in (whole.DESK, whole.PHONE, whole.PROJECTOR, whole.FRAME):
                page.set_viewport_size({"width": view.width, "height": view.height})
                page.goto(f"{address}/{whole.query(name)}&lang={language}{view.more}&step=0")
                page.locator(STATES).wait_for(state="attached", timeout=120_000)
                seen.quiet(page)  # it asks for rows of its width once it is drawn
                found = whole.measure(page, view)
                if name in lessons.load() and view in (whole.DESK, whole.PHONE):
                    found["words"] = whole.words(page, view)["cut"]
                bad = {
                    key: found[key]
                    for key in ("cut", "overlap", "caption", "small", "words")
                    if found.get(key)
                }
                steps += found["steps"] + 1
                wrong += sum(map(len, bad.values()))
                print(
                    f"{name} {language} {view.width}x{view.height}: {found['steps'] + 1} steps, "
                    f"least scale {found['least']:.2f} {bad or ''}",
                    flush=True,
                )
        browser.close()
    print(f"{len(names)} programs, {steps} steps seen, {wrong} with something wrong")


if __name__ == "__main__":
    main(sys.argv[1:] or [*lessons.load(), *whole.PROGRAMS])
