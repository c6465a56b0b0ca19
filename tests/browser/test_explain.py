"""The explanations below the picture: chain rule, Jacobians, the slope, no gradient."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_access import _violations
from viz_app import share

MATMUL = """w = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)
x = torch.tensor([[5.], [6.]], requires_grad=True)
y = w @ x
y.sum().backward()
"""
CUT = """a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
b = (a * 5).detach()
(b * w).backward()
"""


def panel(page: Page) -> Locator:
    """The explanations, unfolded."""
    found = page.get_by_role("region", name="Explanations", exact=True)
    folder = found.get_by_role("button", name="Show or hide the explanations", exact=True)
    expect(folder).to_be_visible()
    if folder.get_attribute("aria-expanded") == "false":
        folder.click()
    expect(folder).to_have_attribute("aria-expanded", "true")
    expect(found.get_by_role("tabpanel")).not_to_be_empty()  # what it says comes from the server
    return found


def tab(page: Page, name: str) -> Locator:
    panel(page).get_by_role("tab", name=name).click()
    return panel(page).get_by_role("tabpanel")


def text(found: Locator) -> str:
    """The text of a formula, without the spaces of its layout."""
    return re.sub(r"\s+", "", found.text_content() or "")


def test_the_seeds_chain_rule_fills_up_step_by_step(open_page: OpenPage) -> None:
    page = open_page()
    rule = panel(page)
    expect(rule).to_contain_text("Three ways agree")
    seen.press(page, "First step")
    reached = rule.locator("[data-part=symbol] .viz-reached")
    expect(reached).to_have_count(0)
    products = [text(rule.locator(f"[data-part={part}]")) for part in ("symbol", "short")]
    assert products == ["=12·2·2b·1", "=2(a+1)=[6,8]"]
    assert text(rule.locator("[data-part=number]")) == "=0.5·2·[6,8]·1"
    for count in range(1, 5):
        rule.locator("[data-part=symbol] .viz-factor").nth(count - 1).click()
        expect(reached).to_have_count(count)
        expect(rule.locator("[data-part=symbol] .viz-now")).to_have_count(1)
    seen.press(page, "Last step")
    formula = page.get_by_role("group", name="Formula", exact=True)
    assert text(formula).endswith("=12·2·2b·1=[6,8]")
    rule.scroll_into_view_if_needed()
    seen.shot(page, "explain-rule")


def test_switching_tabs_sends_no_request(open_page: OpenPage) -> None:
    page = open_page()
    sent = seen.sent(page)
    found = panel(page)
    seen.quiet(page)
    before = len(sent)
    assert before
    for each in found.get_by_role("tab").all():
        each.click()
        expect(each).to_have_attribute("aria-selected", "true")
    seen.quiet(page)
    assert len(sent) == before


def test_formula_is_shown_at_each_step(open_page: OpenPage) -> None:
    page = open_page()
    rule = panel(page)
    formula = page.get_by_role("group", name="Formula", exact=True)
    reached = rule.locator("[data-part=symbol] .viz-reached")
    seen.press(page, "First step")
    said = {}
    for step in range(seen.last(page) + 1):
        expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(step))
        lit = text(formula.locator(".tone-gradient").last) if step > 4 else ""
        said[step] = (text(formula).removeprefix("Formula"), lit, reached.count())
        if step < seen.last(page):
            seen.press(page, "Next step")
    chain = "∂obj∂a=∂obj∂d·∂d∂c·∂c∂b·∂b∂a=12·2·2b·1"
    assert [said[step][0] for step in range(5)] == [
        "a=[2,3]", "b=a+1=[3,4]", "c=b2=[9,16]", "d=2·c=[18,32]", "obj=12∑d=25",
    ]  # fmt: skip
    assert [said[step][0] for step in range(5, 9)] == [chain] * 4
    assert said[9][0] == f"{chain}=[6,8]"
    coloured = ["12", "12·2", "12·2·2b", "12·2·2b·1", "=[6,8]"]
    assert [said[step][1] for step in range(5, 10)] == coloured
    assert [said[step][2] for step in range(4, 10)] == [0, 1, 2, 3, 4, 4]


def test_any_result_and_leaf_can_be_chosen(open_page: OpenPage) -> None:
    page = open_page()
    rule = panel(page)
    choice = rule.get_by_role("combobox", name="Derivative", exact=True)
    choice.select_option("∂d/∂a")
    expect(rule).to_contain_text("The chain rule alone")
    assert text(rule.locator("[data-part=short]")) == "=4(a+1)=[12,16]"
    choice.select_option("∂obj/∂a")
    expect(rule).to_contain_text("Three ways agree")


LONG = """a = torch.tensor([0.5, 1.], requires_grad=True)
b = a
for _ in range(12):
    b = torch.sin(b)
b.mean().backward()
"""


def test_a_long_chain_is_folded_and_unfolds(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(LONG)}")
    rule = panel(page)
    factors = rule.locator("[data-part=number] .viz-factor")
    expect(factors).to_have_count(7)
    rule.locator("[data-part=number]").get_by_role("button", name="… 6 more …").click()
    expect(factors).to_have_count(13)


def test_a_small_matrix_is_written_out(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(MATMUL)}")
    rule = panel(page)
    rule.get_by_role("combobox", name="Derivative", exact=True).select_option("∂y/∂x")
    numbers = rule.locator("[data-part=number] mtable mtd")
    expect(numbers).to_have_text(["1", "2", "3", "4"])


def test_fan_out_rule_adds_up(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    rule = panel(page)
    assert text(rule.locator("[data-part=sum]")).endswith("=1+6+30=37")
    products = [text(path).rpartition("=")[2] for path in rule.locator(".viz-rule .viz-way").all()]
    assert sorted(products) == ["1", "12", "18", "6"]
    rule.scroll_into_view_if_needed()
    seen.shot(page, "explain-fan-out")


def test_fan_out_paths_can_be_stepped_through(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seen.press(page, "First step")
    grown = []
    while True:
        gradient = seen.table(page).get("x", {}).get("Gradient", "")
        if gradient and gradient not in grown:
            grown.append(gradient)
        step = seen.now(page)
        if step == seen.last(page):
            break
        seen.press(page, "Next step")
        expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(step + 1))
    assert grown[-1] == "37"
    rule = panel(page)
    for term, by in (("1", "z"), ("6", "v"), ("30", "u")):
        found = rule.locator("[data-part=sum]").get_by_role("button", name=term, exact=True)
        expect(found).to_have_attribute("title", f"through {by}")
        found.click()
        expect(found).to_have_class(re.compile("viz-now"))
        assert f"{term} to x" in seen.caption(page)


def test_the_jacobian_of_a_matmul(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(MATMUL)}")
    pane = tab(page, "Jacobian of this step")
    seen.press(page, "Last step")
    while "w @ x multiplies" not in (pane.text_content() or ""):
        before = seen.now(page)
        seen.press(page, "Previous step")
        expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(before - 1))
    grid = pane.get_by_role("table", name="Jacobian ∂y/∂w", exact=True)
    rows = [row.locator("td").all_text_contents() for row in grid.locator("tr").all()]
    assert rows == [["5", "6", "0", "0"], ["0", "0", "5", "6"]]
    sent = pane.get_by_role("table", name="leaves to x", exact=True)
    assert sent.locator("td").all_text_contents() == ["4", "6"]
    panel(page).scroll_into_view_if_needed()
    seen.shot(page, "explain-jacobian")


def test_the_tangent_can_be_dragged(open_page: OpenPage) -> None:
    page = open_page()
    pane = tab(page, "Slope")
    expect(pane).to_contain_text("obj = 25 at a[0] = 2: the tangent has slope 6")
    drawing = pane.locator(".viz-slope")
    drawing.scroll_into_view_if_needed()
    drawing.hover()
    box = drawing.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    page.mouse.up()
    expect(pane).to_contain_text("At a[0] = 4, obj would be 41, with slope 10.")
    pane.get_by_role("slider", name="Point on the curve", exact=True).press("Home")
    expect(pane).to_contain_text("At a[0] = 0, obj would be 17, with slope 2.")
    seen.shot(page, "explain-slope")


FORGOTTEN = """w = torch.tensor(1., requires_grad=True)
for turn in range(2):
    loss = (w * 3 - 6) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
"""


def test_a_forgotten_zero_grad_is_noticed(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(FORGOTTEN)}")
    pane = tab(page, "Life of .grad (!)")
    happened = pane.locator("li")
    expect(happened).to_have_count(3)
    expect(happened.nth(0)).to_contain_text("None: no backward pass yet.")
    expect(happened.nth(1)).to_have_text("backward() in line 4 fills it: -18")
    expect(happened.nth(2)).to_contain_text("zero_grad() seems to have been forgotten")
    expect(pane).to_contain_text("Pass 1 (line 4) used and freed what")
    happened.nth(2).get_by_role("button").click()
    expect(page.get_by_role("status", name="Caption", exact=True)).to_contain_text(
        "w.grad still held the gradient from before the update in line 6"
    )
    expect(happened.nth(2).locator(".viz-now")).to_have_count(1)
    seen.shot(page, "explain-life")


def test_missing_gradient_shows_the_place_of_the_cut(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(CUT)}")
    pane = tab(page, "No gradient? (1)")
    inspector = page.get_by_role("region", name="Inspector", exact=True)
    expect(inspector).not_to_contain_text("b = (a * 5).detach()")
    pane.get_by_role("button", name="Show in the picture: a", exact=True).click()
    expect(inspector).to_contain_text("b = (a * 5).detach()")


REGRESSION = """x = torch.tensor([0., 1., 2., 3.])
w = torch.tensor(-0.5, requires_grad=True)
b = torch.tensor(4., requires_grad=True)
for turn in range(6):
    loss = ((w * x + b - (2 * x + 1)) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.09 * w.grad
        b -= 0.09 * b.grad
    w.grad = b.grad = None
"""


def test_two_elements_have_a_contour_plot(open_page: OpenPage) -> None:
    page = open_page()
    pane = tab(page, "Slope")
    pane.get_by_role("combobox", name="Second element", exact=True).select_option("a[1]")
    plot = pane.get_by_role("img", name="Contour plot obj over a[0]")
    expect(plot).to_be_visible()
    expect(pane).to_contain_text("The dot is at (a[0], a[1]) = (2, 3).")
    expect(pane).to_contain_text("negative gradient (-6, -8), along which obj falls fastest.")
    assert plot.locator(".viz-height").count() >= 4
    expect(plot.locator(".viz-downhill")).to_have_count(1)
    expect(plot.locator(".viz-trail")).to_have_count(0)
    assert seen.now(page) == 0  # the picture was not redrawn
    assert _violations(page) == []
    seen.shot(page, "explain-contour")
    seen.run(page, REGRESSION)
    pane.get_by_role("combobox", name="Second element", exact=True).select_option("b")
    expect(plot.or_(pane.get_by_role("img", name="Contour plot loss over w"))).to_be_visible()
    expect(pane).to_contain_text("values changed 6 ×")
    expect(pane.locator(".viz-trail")).to_have_count(1)
    expect(pane.locator(".viz-pass-dot")).to_have_count(8)
    # A ring follows the pass.
    ring = pane.locator(".viz-pass-now")
    expect(pane).to_contain_text("The ring is at (-0.5, 4), where pass 1 begins.")
    at = [(ring.get_attribute("cx"), ring.get_attribute("cy"))]
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    for number in (2, 3):
        passes.press("ArrowRight")
        expect(pane).to_contain_text(re.compile(rf"The ring is at \(.*\), where pass {number} beg"))
        at.append((ring.get_attribute("cx"), ring.get_attribute("cy")))
    assert len(set(at)) == 3
    assert set(at) <= {
        (dot.get_attribute("cx"), dot.get_attribute("cy"))
        for dot in pane.locator(".viz-pass-dot").all()
    }
    assert _violations(page) == []
    seen.shot(page, "explain-contour-training")


def test_dual_numbers_follow_the_forward_pass(open_page: OpenPage) -> None:
    page = open_page()
    pane = tab(page, "Forward mode")
    seen.press(page, "First step")
    duals = pane.get_by_role("table", name="Forward mode", exact=True)
    reached = duals.locator(".viz-reached")
    expect(reached).to_have_count(1)
    numbers = [text(row.locator("td").first) for row in duals.locator("tbody tr").all()]
    assert numbers == ["[2,3]+[1,0]ε", "[3,4]+[1,0]ε", "[9,16]+[6,0]ε", "[18,32]+[12,0]ε", "25+6ε"]
    expect(pane).to_contain_text("reverse mode 1, one for each element of obj; forward mode 2")
    duals.get_by_role("button", name="c = b ** 2").click()
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", "2")
    expect(reached).to_have_count(3)
    pane.get_by_role("combobox", name="Seed", exact=True).select_option("a[1]")
    expect(pane).to_contain_text("The tangent of obj, 8, is what backward found for a.grad[1].")
    seen.shot(page, "explain-forward")
    step = tab(page, "Jacobian of this step")
    product = step.get_by_role("table", name="tangent of c", exact=True)
    expect(product.locator("td")).to_have_text(["0", "8"])  # the seed is the same one in both
    seen.shot(page, "explain-forward-step")


def test_missing_gradients_are_listed(open_page: OpenPage) -> None:
    query = f"?lang=ko&code={share.encode(CUT)}"
    page = open_page(query, color_scheme="dark", width=360, height=780, ready=False)
    found = page.locator(".viz-explain")
    found.get_by_role("tab").last.click()
    expect(found).to_contain_text("3번째 줄 · 여기서 detach")
    found.scroll_into_view_if_needed()
    seen.shot(page, "explain-missing-ko-dark")
