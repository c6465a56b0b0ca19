"""The picture of a large program: it opens folded, groups open and fold, passes are chosen."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share

TRAINING = """
from torch import nn
torch.manual_seed(0)
X, Y = torch.randn(16, 2), torch.randn(16, 1)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(30):
    opt.zero_grad()
    loss = ((net(X) - Y) ** 2).mean()
    loss.backward()
    opt.step()
"""


RECURRENT = """
from torch import nn
lstm = nn.LSTM(input_size=4, hidden_size=8, num_layers=2)
lstm(torch.ones(5, 4))[0].sum().backward()
"""
# For each visible name: its text, and by how many pixels it is wider than its box.
STANDS_OUT = """() => {
  const boxes = [...document.querySelectorAll('.viz-plot .shapelayer path')]
    .filter((one) => one.getClientRects().length).map((one) => one.getBoundingClientRect());
  return [...document.querySelectorAll('.viz-plot .scatterlayer text')]
    .filter((one) => one.getClientRects().length && one.textContent.trim()).map((one) => {
      const a = one.getBoundingClientRect();
      const out = (b) => Math.max(b.left - a.left, a.right - b.right,
        b.top - a.top, a.bottom - b.bottom);
      return [one.textContent, Math.min(...boxes.map(out))];
    });
}"""


LONG = "\n".join(
    ["w = torch.tensor(1.5, requires_grad=True)", "h = w"]
    + [f"h = h * 1.0{k} + w" for k in range(1, 10)]
    + ["h.backward()", ""]
)
# How many of Plotly's elements are out of the layout, and how many of these belong in the frame.
LEFT_OUT = """() => {
  const frame = document.querySelector('.viz-frame').getBoundingClientRect();
  const out = [...document.querySelectorAll('.viz-plot :is(.shapelayer path, .scatterlayer text)')]
    .filter((one) => one.style.display === 'none');
  for (const one of out) one.style.display = '';
  const boxes = out.map((one) => one.getBoundingClientRect());
  const inside = boxes.filter((box) => box.width + box.height
    && box.right > frame.left && box.left < frame.right
    && box.bottom > frame.top && box.top < frame.bottom);
  for (const one of out) one.style.display = 'none';
  return [out.length, inside.length];
}"""


def _names(page: Page) -> list[str]:
    expect(page.locator(".viz-step-table")).to_have_attribute("aria-busy", "false")
    return page.locator(".viz-step-table tbody tr td:first-child").all_text_contents()


def test_a_group_opens_by_key_and_folds_again_and_the_link_remembers(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(TRAINING)}")
    seen.press(page, "Last step")
    expect(seen.graph(page)).to_have_attribute("data-step", re.compile(r"\d+"))
    folded = _names(page)
    assert 5 < len(folded) <= 60
    assert "↻ 2–30" in folded  # one iteration is open, the others are one box
    graph, rows = seen.graph(page), page.locator(".viz-step-table tbody")
    graph.focus()
    graph.press("Enter")  # what the step is about: the turns after the first
    expect(page).to_have_url(re.compile(r"[?&]groups=[0-9a-f]{8}"))
    expect(rows).to_contain_text("↻ 30")
    turns = _names(page)
    assert {f"↻ {turn}" for turn in range(2, 31)} <= set(turns)
    graph.press("Enter")  # the last of them
    expect(page.locator(".viz-crumb", has_text="↻ 30")).to_be_visible()
    expect(rows).not_to_contain_text("↻ 30")
    assert len(_names(page)) > len(turns)
    seen.shot(page, "stage-unfolded")
    page.reload()
    expect(graph).to_have_attribute("data-state", "ready")
    expect(page.locator(".viz-step-table tbody")).not_to_contain_text("↻ 30")
    page.locator(".viz-crumb", has_text="↻ 30").first.click()
    expect(page.locator(".viz-step-table tbody")).to_contain_text("↻ 30")
    formula = page.get_by_role("group", name="Formula", exact=True)
    expect(formula.locator("math")).to_have_count(0)
    seen.shot(page, "stage-formula-within")
    formula.get_by_role("button", name="Unfold", exact=True).press("Enter")
    expect(page.locator(".viz-step-table tbody")).not_to_contain_text("↻ 30")
    expect(page.locator(".viz-crumb", has_text="↻ 30")).to_be_visible()
    expect(formula).to_be_focused()


def test_iteration_unfolded_for_its_pass_folds_when_another_is_chosen(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(TRAINING)}")
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    passes.focus()
    passes.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]groups=[0-9a-f]{8}(&|$)"))
    first = re.findall(r"groups=([0-9a-f]{8})", page.url)[0]
    seen.quiet(page)
    for _ in range(3):
        passes.press("ArrowRight")
    expect(page).to_have_url(re.compile(rf"[?&]groups=[-.0-9a-f]*-{first}"))
    groups = re.findall(r"groups=([-.0-9a-f]*)", page.url)[0].split(".")
    assert sum(not each.startswith("-") for each in groups) == 1


def test_the_curve_is_a_slider_over_the_passes_and_search_finds(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(TRAINING)}", color_scheme="dark")
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    expect(passes).to_have_attribute("aria-valuetext", re.compile("^pass 1 of 30"))
    passes.focus()
    passes.press("ArrowRight")
    expect(passes).to_have_attribute("aria-valuetext", re.compile(r"^pass 2 of 30 .*\[0\]\.weight"))
    expect(page.locator(".viz-paths polyline")).to_have_count(2)  # what training moves, dashed
    expect(page.locator(".viz-counter")).to_have_text(re.compile(r"backward .* \(pass 2\)"))
    field = page.get_by_role("searchbox", name="Find a name, operation or line", exact=True)
    field.fill("tanh")
    expect(page.locator(".viz-search span")).to_have_text(re.compile(r"1 of \d+"))
    page.get_by_role("combobox", name="Colour", exact=True).select_option("gradient")
    expect(page.locator(".viz-tint").first).to_be_attached()
    seen.shot(page, "stage-colour-dark")


ZEROED = """
w = torch.tensor([1., 2.], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.5)
for turn in range(2):
    opt.zero_grad()
    loss = (w * 3).sum()
    loss.backward()
    opt.step()
"""


def test_emptying_gradients_is_a_step_and_the_next_backward_starts_from_none(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(ZEROED)}")
    for _ in range(seen.last(page)):
        if "w.grad, which held [3, 3], is set to None" in seen.caption(page):
            break
        before = seen.gradient(page, "w")
        seen.press(page, "Next step")
    assert before == [3, 3]
    assert "Line 5" in seen.caption(page)
    inspector = page.get_by_role("region", name="Inspector", exact=True)
    expect(inspector.locator("dd", has_text="None")).to_be_visible()
    expect(inspector).to_contain_text(".grad before")
    assert seen.gradient(page, "w") == []
    expect(page.locator(".viz-plot text:visible", has_text="∇ None")).to_have_count(1)
    seen.shot(page, "stage-zero-grad")
    seen.press(page, "Last step")
    expect(inspector).to_contain_text(".grad after")
    expect(inspector.locator("dd", has_text="None")).to_be_visible()  # before the second pass


def test_distant_elements_are_left_out_and_visible_ones_present(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(LONG)}")
    box = page.locator(".viz-frame").bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(*ways: tuple[int, int]) -> None:
        for x, y in ways:
            page.mouse.move(*middle)
            page.mouse.down()
            page.mouse.move(middle[0] + x, middle[1] + y, steps=7)
            page.mouse.up()

    def press(button: str, times: int = 1) -> None:
        for _ in range(times):
            seen.press(page, button)

    ways: dict[str, Callable[[], None]] = {
        "the end": lambda: press("Last step"),
        "the beginning": lambda: press("First step"),
        "steps": lambda: press("Next step", 12),
        "the end again": lambda: press("Last step"),
        "drags": lambda: drag((450, 20), (450, -30), (-300, 60)),
        "closer": lambda: press("Zoom in", 9),
        "drags close by": lambda: drag((-400, -60), (300, 90), (200, 70)),
        "farther": lambda: press("Zoom out", 6),
        "a wider window": lambda: page.set_viewport_size({"width": 2560, "height": 900}),
        "a narrow window": lambda: page.set_viewport_size({"width": 700, "height": 900}),
    }
    most = 0
    for name, go in ways.items():
        go()
        seen.quiet(page)
        left_out, missing = page.evaluate(LEFT_OUT)
        assert not missing, name
        most = max(most, left_out)
    assert most > 100
    press("Show everything")
    assert page.evaluate(LEFT_OUT)[0] == 0


def test_names_fill_their_boxes_when_zoomed_out_and_are_whole_again_when_zoomed_in(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(RECURRENT)}")
    seen.press(page, "Last step")
    plot = page.locator(".viz-plot")
    expect(plot).to_have_attribute("data-detail", "cards")
    expect(plot.get_by_text("lstm.weight_hh_l1", exact=True)).to_be_attached()
    seen.press(page, "Show everything")
    expect(plot).to_have_attribute("data-detail", "names")
    expect(plot.get_by_text("weight_hh_l1", exact=True)).to_be_visible()
    names = page.evaluate(STANDS_OUT)
    assert {"weight_ih_l0", "bias_hh_l1"} <= dict(names).keys()
    assert [name for name, out in names if out > 1] == []
    seen.shot(page, "stage-names")
    page.evaluate("document.querySelector('.viz-root').focus()")
    for _ in range(4):
        page.keyboard.press("+")
    expect(plot).to_have_attribute("data-detail", "cards")
    expect(plot.get_by_text("lstm.weight_hh_l1", exact=True)).to_be_attached()
