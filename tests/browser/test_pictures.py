"""The pictures a class sees, kept as artefacts to be looked at: themes, languages and widths.

One page per program. The asserted faults are those of any picture: failing, spilling, overlapping.
"""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_stage import TRAINING
from viz_app import share

BROADCAST = """
row = torch.arange(3.).requires_grad_()
column = torch.tensor([[10.], [20.]], requires_grad=True)
table = column * row
loss = table.mean()
loss.backward()
"""
DETACH = """
x = torch.tensor([2., 3.], requires_grad=True)
y = x ** 2
target = y.detach()
with torch.no_grad():
    weight = y / 10
loss = (weight * (y - target + 1) ** 2).sum()
loss.backward()
"""
TWICE = """
x = torch.tensor(2., requires_grad=True)
y = x ** 3
slope, = torch.autograd.grad(y, x, create_graph=True)
curvature, = torch.autograd.grad(slope, x)
"""
LSTM = """
from torch import nn
torch.manual_seed(0)
lstm = nn.LSTM(input_size=4, hidden_size=8, num_layers=2, batch_first=True)
head = nn.Linear(8, 1)
x, goal = torch.randn(2, 5, 4), torch.randn(2, 1)
states, (hidden, cell) = lstm(x)
loss = nn.functional.mse_loss(head(hidden[-1]), goal)
loss.backward()
"""
ENCODER = """
from torch import nn
torch.manual_seed(0)
block = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
x = torch.randn(2, 5, 16)
loss = block(x).pow(2).mean()
loss.backward()
"""
RESNET = """
from torch import nn

class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.short = nn.Identity()
        if stride != 1 or before != width:
            self.short = nn.Sequential(
                nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + self.short(x)).relu()

class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64),
                                  nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        widths = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        self.stages = nn.Sequential(
            *(nn.Sequential(Block(b, w, s), Block(w, w, 1)) for b, w, s in widths))
        self.head = nn.Linear(512, 10)

    def forward(self, x):
        return self.head(self.stages(self.stem(x)).mean((2, 3)))

torch.manual_seed(0)
net = ResNet18()
x, goal = torch.randn(2, 3, 32, 32), torch.tensor([1, 2])
loss = nn.functional.cross_entropy(net(x), goal)
loss.backward()
"""
SCALARS = """
x = torch.tensor(0.5, requires_grad=True)
w = torch.tensor(0.25, requires_grad=True)
total = x
for turn in range(1250):
    u = total * w
    v = u + x
    s = v.tanh()
    total = total - s
total.backward()
"""
PROGRAMS = {
    "seed": "lesson=gradient-calculation",
    "fan-out": "lesson=fan-out",
    "broadcasting": f"code={share.encode(BROADCAST)}",
    "detach": f"code={share.encode(DETACH)}",
    "second-derivative": f"code={share.encode(TWICE)}",
    "mlp": "lesson=two-layer-mlp",
    "lstm": f"code={share.encode(LSTM)}",
    "encoder-block": f"code={share.encode(ENCODER)}",
    "resnet-18": f"code={share.encode(RESNET)}",
    "loop-of-30": f"code={share.encode(TRAINING)}",
    "scalars-5000": f"code={share.encode(SCALARS)}",
}

LOOKS: tuple[tuple[Literal["light", "dark"], str, str], ...] = (
    ("light", "en", "EN"),
    ("dark", "ko", "한국어"),
)

OVERLAPS = """() => {
    const found = [];
    const all = [...document.querySelectorAll('.viz-transport > *, .viz-scrub, .viz-legend > *, '
        + '.viz-tray > *, .viz-frame, .viz-passes, .viz-health, .viz-caption, .viz-below > *')]
        .filter((one) => !one.matches('.viz-unseen') && one.getClientRects().length
            && getComputedStyle(one).visibility === 'visible');
    for (const one of all) for (const other of all) {
        if (one === other || one.contains(other) || other.contains(one)) continue;
        const [a, b] = [one, other].map((each) => each.getBoundingClientRect());
        const [w, h] = [Math.min(a.right, b.right) - Math.max(a.left, b.left),
                        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
        if (w > 1 && h > 1) found.push(`${one.className} on ${other.className}`);
    }
    const { left, right } = document.querySelector('.viz-root').getBoundingClientRect();
    for (const one of document.querySelectorAll('.viz-legend *, .viz-tray > *, .viz-transport *, '
        + '.viz-passes > *, .viz-health > *, .viz-caption')) {
        const box = one.getBoundingClientRect();
        if (one.matches('.viz-unseen') || !one.getClientRects().length) continue;
        if (box.left < left - 1 || box.right > right + 1) found.push(`${one.className} spills`);
        const cut = one.scrollWidth > one.clientWidth + 1;
        if (cut && one.matches('.viz-counter, .viz-legend > span'))
            found.push(`${one.className} is cut`);
    }
    return found;
}"""


A_FRAME = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def tidy(page: Page) -> None:
    """Nothing lies on anything else, and the page does not scroll sideways."""
    page.evaluate(A_FRAME)  # a new size is filled when the browser draws
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_picture_is_kept_in_both_themes_languages_and_widths(
    open_page: OpenPage, name: str
) -> None:
    page = open_page(f"?{PROGRAMS[name]}")
    page.locator(".viz-last").click()
    for theme, language, button in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.get_by_text(button, exact=True).click()
        stage = page.locator(f".viz-root[lang={language}][data-theme={theme}]")
        for width, height in ((1440, 900), (360, 740)):
            page.set_viewport_size({"width": width, "height": height})
            expect(stage).to_have_attribute("data-state", "ready")
            seen.quiet(page)
            tidy(page)
            if width == 1440:
                assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
            stage.evaluate("(stage) => stage.scrollIntoView()")
            seen.shot(page, f"picture-{name}-{language}-{theme}-{width}")
