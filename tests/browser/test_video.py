"""The Share panel saves the backward pass as a video that the browser makes."""

import base64
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage

PLAYED = """(address) => new Promise((done, failed) => {
  const video = document.createElement("video");
  video.muted = true;
  video.addEventListener("error", () => failed(new Error(video.error.message)));
  video.addEventListener("loadeddata", async () => {
    video.currentTime = video.duration / 2;
    await new Promise((seeked) => video.addEventListener("seeked", seeked, { once: true }));
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const drawing = canvas.getContext("2d");
    drawing.drawImage(video, 0, 0);
    const colours = new Set(new Uint32Array(
      drawing.getImageData(0, 0, canvas.width, canvas.height).data.buffer));
    done([video.duration, video.videoWidth, video.videoHeight, colours.size]);
  });
  video.src = address;
})"""
"""Opens a video: its seconds, size, and the number of colours of a picture in its middle."""


def _choose(page: Page, form: str) -> None:
    page.get_by_role("combobox", name="File format").click()
    page.get_by_role("option", name=form).click()


def test_the_backward_pass_becomes_a_video(
    open_page: OpenPage, chromium: Browser, tmp_path: Path
) -> None:
    page = open_page()
    page.get_by_role("button", name="Share", exact=True).click()
    _choose(page, "Backward pass, video (.mp4)")
    save = page.get_by_role("button", name="Save as a file", exact=True)
    with page.expect_download() as saved:
        save.click()
    assert saved.value.suggested_filename == "gradient-calculation.mp4"
    file = tmp_path / "video.mp4"
    saved.value.save_as(file)
    expect(page.get_by_text("The video is saved.", exact=True)).to_be_visible()
    body = file.read_bytes()
    assert body[4:8] == b"ftyp"
    assert len(body) < 1_000_000
    address = f"data:video/mp4;base64,{base64.b64encode(body).decode()}"
    player = chromium.new_page()
    seconds, width, height, colours = player.evaluate(PLAYED, address)
    player.close()
    assert seconds > 5
    assert min(width, height) > 200
    assert (width % 2, height % 2) == (0, 0)
    assert colours > 10


def test_a_browser_without_encoders_offers_no_video(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("delete window.VideoEncoder")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("combobox", name="File format").click()
    expect(page.get_by_role("option", name="(.webp)")).to_be_visible()
    assert page.get_by_role("option", name="(.mp4)").count() == 0
