"""Real Chromium pages of a class, each in a profile of its own, spread over the replicas."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.browser.seen import QUIET
from tests.browser.serve import CHROMIUM, FLAGS
from tests.cluster.cluster import Cluster
from tests.patience import PATIENCE_MS

PAGES = int(os.environ.get("CHROMIUM_PAGES", "3"))
"""One for each replica; `make cluster` has ten."""
SHOWS = """(program) => {
  // A page redrawn by another replica has two fields for a moment.
  const fields = [...document.querySelectorAll(".viz-program textarea")];
  return fields.length === 1 && fields[0].value === program;
}"""
expect.set_options(timeout=PATIENCE_MS)


class Browsers:
    """PAGES pages, which one test after the other uses."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.pages: list[Page] = []

    async def join(self, servers: Cluster, code: str) -> None:
        """Open the room with each page, on one replica after the other."""
        while len(self.pages) < PAGES:
            context = await self._browser.new_context(locale="en-US")
            context.set_default_timeout(PATIENCE_MS)
            await context.add_init_script("localStorage.setItem('viz-played', '1')")
            self.pages.append(await context.new_page())
        for number, page in enumerate(self.pages):
            await page.context.clear_cookies()
            name = f"app{number % len(servers.replicas)}"
            await page.context.add_cookies([{"name": "viz", "value": name, "url": servers.address}])
            await page.goto(f"{servers.address}/?room={code}")
        await self.follow()

    async def follow(self) -> None:
        """Wait until every page follows, and its server answers."""
        for page in self.pages:
            await expect(_bar(page)).to_contain_text("You are following the teacher.")
            await expect(page.locator(".viz-away")).to_be_hidden()

    async def at(self, step: int, program: str) -> None:
        """Wait until every page shows a step of a program."""
        for page in self.pages:
            await expect(page.locator(".viz-root")).to_have_attribute("data-step", f"{step}")
            await page.wait_for_function(SHOWS, arg=program)

    async def answer(self, text: str) -> None:
        """Answer the room's question on every page; each says that it was acknowledged."""
        for page in self.pages:
            field = _bar(page).get_by_role("textbox")
            await field.fill(text)
            await field.press("Enter")
        for page in self.pages:
            await expect(_bar(page)).to_contain_text(f"Your answer: {text}")

    async def run(self, text: str, gradient: str) -> None:
        """Run a program of their own on one page of each replica, and come back to the teacher."""
        own = self.pages[:3]
        for page in own:
            await page.wait_for_function(QUIET)
            field = page.locator(".viz-program textarea")
            await field.fill(text)
            await field.press("Control+Enter")
        for page in own:
            await expect(page.locator(".viz-output")).to_contain_text(gradient)
            await _bar(page).get_by_role("button", name="Back to the teacher").click()
        await self.follow()


def _bar(page: Page) -> Locator:
    return page.locator(".viz-room")


@asynccontextmanager
async def browsers() -> AsyncIterator[Browsers]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Browsers(browser)
        await browser.close()
