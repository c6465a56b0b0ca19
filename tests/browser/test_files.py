"""A program comes from a file, and reads files beside it."""

import json
import re
from importlib.util import find_spec

import pytest
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage

CUBE = "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.backward()\nx.grad\n"
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": "# Cube"},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": CUBE.splitlines(True)},
    ],
}
# The events of dropping a file from the system's file manager.
DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) {
    document.body.dispatchEvent(
      new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: carried}));
  }
}"""


def _choose(page: Page, name: str, content: bytes) -> None:
    button = page.get_by_role("button", name="Open a file", exact=True)
    if not button.is_visible():
        page.get_by_role("button", name="Share", exact=True).click()
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": content})


def test_files_are_opened_from_the_page(open_page: OpenPage) -> None:
    page = open_page()
    output = page.get_by_role("region", name="Printed output", exact=True)
    program = expect(seen.program(page))
    _choose(page, "cube.py", CUBE.replace("\n", "\r\n").encode())
    program.to_have_value(CUBE)
    expect(output).to_contain_text("tensor(12.)")
    expect(page).to_have_url(re.compile("code="))
    _choose(page, "cube.ipynb", json.dumps(NOTEBOOK).replace("** 3", "** 2").encode())
    program.to_have_value(re.compile(r"x \*\* 2"))
    expect(output).to_contain_text("tensor(4.)")
    page.evaluate(DROP, ["dropped.py", CUBE.replace("2.", "5.")])
    expect(output).to_contain_text("tensor(75.)")
    page.go_back()
    expect(seen.program(page)).to_have_value(re.compile(r"x \*\* 2"))


def test_file_that_is_not_a_program_is_reported_in_one_sentence(open_page: OpenPage) -> None:
    page = open_page()
    before = seen.program(page).input_value()
    for name, content, sentence in (
        ("bytes.py", b"\xff\xfe\x00", "This file is not text in UTF-8, so it was not opened."),
        ("deep.ipynb", b"[" * 100_000, "not a notebook with code cells"),
        ("large.py", b"a" * (2**21 + 1), "This file is larger than 2 MB"),
    ):
        _choose(page, name, content)
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_role("alert")).to_have_count(1)
        assert seen.program(page).input_value() == before


READS = """
import csv
rows = [[float(it) for it in row] for row in csv.reader(open("data/points.csv"))]
x, y = torch.tensor(rows).T
w = torch.tensor(1., requires_grad=True)
loss = ((w * x - y) ** 2).sum()
loss.backward()
print(w.grad)
"""


def test_a_csv_that_is_dropped_is_read_by_the_program(open_page: OpenPage) -> None:
    page = open_page()
    output = page.get_by_role("region", name="Printed output", exact=True)
    files = page.get_by_role("list", name="Files beside the program", exact=True)
    _choose(page, "reads.py", READS.encode())
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("drop the .csv or .txt file on the page")
    page.evaluate(DROP, ["points.csv", "1,2\n2,5\n"])
    expect(output).to_contain_text("tensor(-14.)")
    expect(alert).to_have_count(0)
    expect(files.get_by_role("listitem")).to_have_text(["points.csv8 B×"])
    expect(seen.program(page)).to_have_value(READS)
    seen.shot(page, "file-beside")
    page.evaluate(DROP, ["points.csv", "1,3\n2,5\n"])
    expect(output).to_contain_text("tensor(-16.)")
    page.evaluate(DROP, ["play.txt", "word " * 300_000])
    expect(files.get_by_role("listitem")).to_have_text(["points.csv8 B×", "play.txt1.5 MB×"])
    page.get_by_role("button", name="Remove points.csv", exact=True).click()
    expect(alert).to_contain_text("drop the .csv or .txt file on the page")
    page.get_by_role("button", name="Remove play.txt", exact=True).click()
    expect(files).to_have_count(0)


SAVES = """
net = torch.nn.Linear(1, 1)
torch.save(net.state_dict(), "net.pt")
other = torch.nn.Linear(1, 1)
other.load_state_dict(torch.load("net.pt"))
loss = other(torch.ones(1, 1)).sum()
loss.backward()
print(torch.equal(net.weight, other.weight), other.weight.grad)
"""
DIGITS = """
from sklearn.datasets import load_digits
images, labels = load_digits(return_X_y=True)
net = torch.nn.Linear(64, 10)
scores = net(torch.tensor(images[:50]).float())
loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels[:50]))
loss.backward()
print(images.shape, net.weight.grad.shape)
"""
MNIST = """
from torchvision import datasets, transforms
data = datasets.MNIST("./data", train=True, download=True, transform=transforms.ToTensor())
image, label = data[1]
net = torch.nn.Linear(784, 10)
loss = torch.nn.functional.cross_entropy(net(image.view(1, -1)), torch.tensor([label]))
loss.backward()
print(image.shape, label)
"""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (SAVES, ("True tensor([[1.]])",)),
        pytest.param(
            DIGITS,
            ("(1797, 64) torch.Size([10, 64])",),
            marks=pytest.mark.skipif(not find_spec("sklearn"), reason="make courses"),
        ),
        (MNIST, ("1,437 real handwritten digits", "8×8 pixels", "torch.Size([1, 28, 28]) 1")),
    ],
    ids=["checkpoint", "digits", "mnist"],
)
def test_course_program_with_files_or_data_shows_its_graph_and_prints(
    open_page: OpenPage, program: str, said: tuple[str, ...]
) -> None:
    page = open_page()
    seen.run(page, program)
    output = page.get_by_role("region", name="Printed output", exact=True)
    for part in said:
        expect(output).to_contain_text(part)
    expect(page.get_by_role("alert")).to_have_count(0)
    seen.press(page, "Last step")
    assert "loss" in seen.table(page)
