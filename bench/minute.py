"""Take pictures of a first visit's first minute: python -m bench.minute [SECONDS ...]

In both languages and themes, at a desk and on a phone; one sheet for each in artefacts/.
"""

import io
import itertools
import sys
import time
from typing import Literal

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.seen import ARTEFACTS
from tests.browser.serve import CHROMIUM, FLAGS, serve

SECONDS = (*range(1, 13), 20, 40, 60)
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLUMNS = {"desk": 3, "phone": 5}
"""Pictures side by side on a sheet: as many as leave their texts readable."""
WIDTH = 960
"""Maximum width in pixels of one picture on a sheet."""


def sheet(shots: list[bytes], columns: int) -> Image.Image:
    """All pictures in rows."""
    images = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    for image in images:
        image.thumbnail((WIDTH, 2 * WIDTH))
    wide, high = images[0].size
    whole = Image.new("RGB", (wide * columns, high * -(-len(images) // columns)), "white")
    for place, image in enumerate(images):
        whole.paste(image, (place % columns * wide, place // columns * high))
    return whole


def main(seconds: tuple[int, ...]) -> None:
    with serve(ARTEFACTS / "minute.log") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        first = browser.new_page()  # the server has started PyTorch
        first.goto(address)
        first.locator(".viz-root[data-state=ready]").wait_for(timeout=120_000)
        first.close()
        for (name, (width, height)), language, theme in itertools.product(
            SIZES.items(), ("en", "ko"), THEMES
        ):
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=theme, locale="en-US"
            )
            page.goto(f"{address}/?lang={language}")
            began, shots = time.monotonic(), []
            for second in seconds:
                page.wait_for_timeout(max(0, 1000 * (second - time.monotonic() + began)))
                shots.append(page.screenshot())
            file = ARTEFACTS / f"minute-{name}-{language}-{theme}.png"
            sheet(shots, COLUMNS[name]).save(file)
            print(file, flush=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SECONDS)
