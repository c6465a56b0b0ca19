"""Pictures made for an operation, as they are drawn: their numbers are the run's."""

from playwright.sync_api import Page, expect

from tests import traces
from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.picture.explain.test_boundary import DATA, NET
from viz_app import share
from viz_app.picture.words import notation

CONVOLUTION = """
x = torch.tensor([[[[1., 2., 3.], [4., 5., 6.], [7., 8., 9.]]]])
w = torch.tensor([[[[1., 0.], [-1., 2.]]]], requires_grad=True)
y = torch.nn.functional.conv2d(x, w)
y.sum().backward()
"""
LOSS = """
z = torch.tensor([[1., 2., 0.]], requires_grad=True)
loss = torch.nn.functional.cross_entropy(z, torch.tensor([0]))
loss.backward()
"""


def _grids(page: Page, name: str) -> list[list[str]]:
    """The numbers of the panel's grids, as they are drawn."""
    panel = page.get_by_role("region", name=name)
    return [
        grid.locator("text").all_text_contents() for grid in panel.locator(".viz-view-grid").all()
    ]


def test_kernel_is_shown_at_each_position_and_its_gradient_is_the_sum(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(CONVOLUTION)}&step=4")
    page.get_by_role("button", name="Show as a picture", exact=True).click()
    name = "The kernel slides over the input"
    panel = page.get_by_role("region", name=name)
    image = [str(n) for n in range(1, 10)]
    assert _grids(page, name) == [
        *[image, ["1", "0", "−1", "2"], ["7", "9", "13", "15"]],
        *[image, ["1", "1", "1", "1"], ["12", "16", "24", "28"]],
    ]
    place = panel.get_by_role("slider", name="Position in the output")
    expect(panel).to_contain_text("y[0, 0] = 1·1 + 0·2 + (−1)·4 + 2·5 = 7")
    place.press("End")
    expect(panel).to_contain_text("y[1, 1] = 1·5 + 0·6 + (−1)·8 + 2·9 = 15")
    marked = panel.locator(".viz-view-row").first.locator("svg").first.locator(".viz-view-on")
    expect(marked).to_have_count(4)
    assert seen.now(page) == 4  # the slider's keys do not step
    panel.get_by_role("slider", name="Element of the kernel").press("ArrowRight")
    expect(panel).to_contain_text("∇w[0, 1] = 1·2 + 1·3 + 1·5 + 1·6 = 16")
    seen.shot(page, "view-convolution")
    panel.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Show as a picture", exact=True)).to_be_focused()


IN_GROUPS = """
x = torch.tensor([[[[1., 2., 3.]], [[4., 5., 6.]]]])
w = torch.tensor([[[[1., 10.]]], [[[2., -1.]]]], requires_grad=True)
y = torch.nn.functional.conv2d(x, w, groups=2)
y.sum().backward()
"""


def test_a_kernel_of_a_group_lies_on_its_own_channel(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(IN_GROUPS)}&step=4")
    page.get_by_role("button", name="Show as a picture", exact=True).click()
    panel = page.get_by_role("region", name="The kernel slides over the input")
    images = panel.locator(".viz-view-row").first.locator("svg")
    place = panel.get_by_role("slider", name="Position in the output")
    expect(panel).to_contain_text("y[0, 0, 0] = 1·1 + 10·2 = 21")
    expect(images.nth(0).locator(".viz-view-on")).to_have_count(2)
    expect(images.nth(1).locator(".viz-view-on")).to_have_count(0)
    place.press("End")
    expect(panel).to_contain_text("y[1, 0, 1] = 2·5 + (−1)·6 = 4")
    expect(images.nth(0).locator(".viz-view-on")).to_have_count(0)
    expect(images.nth(1).locator(".viz-view-on")).to_have_count(2)
    panel.get_by_role("slider", name="Element of the kernel").press("End")
    expect(panel).to_contain_text("∇w[1, 0, 0, 1] = 1·5 + 1·6 = 11")


def test_gradients_of_a_loss_are_shown_once_they_have_been_sent(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(LOSS)}&step=1")
    page.get_by_role("button", name="Show as a picture", exact=True).click()
    panel = page.get_by_role("region", name="Shares that add up to 1")
    shares = panel.locator("td.tone-value")
    expect(shares).to_have_text(["0.2447", "0.6652", "0.09003"])
    expect(panel.locator("td.tone-gradient, td.viz-view-target")).to_have_count(0)
    for step in range(2, seen.last(page) + 1):
        seen.press(page, "Next step")
        expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(step))
        if panel.locator("td.tone-gradient").count():
            break
    assert "∂loss/∂z" in seen.caption(page)  # not a step earlier
    expect(panel.locator("td.tone-gradient")).to_have_text(["−0.7553", "0.6652", "0.09003"])
    expect(panel.locator("td.viz-view-target")).to_have_text(["1", "0", "0"])
    expect(panel).to_contain_text("The gradient is share − target.")


PLANE = DATA + NET


def test_a_classifiers_plane_is_shown_pass_by_pass_beside_the_step(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(PLANE)}&step=0&node=0.0")
    page.get_by_role("button", name="Show as a picture", exact=True).click()
    panel = page.get_by_role("region", name="What the model predicts across the plane")
    dots = panel.locator(".viz-view-dot text")
    expect(dots).to_have_text(["1", "0", "0", "1", "1", "0"])
    trace = traces.run(PLANE)
    losses = [node.values[0] for node in trace.nodes if node.names and node.names[0].text == "loss"]
    said = panel.locator(".viz-view-said[role=status]")
    for place, key in enumerate(("Home", "ArrowRight", "ArrowRight")):
        panel.get_by_role("slider", name="Backward pass").press(key)
        assert losses[place] is not None
        expect(said).to_contain_text(f"Pass {place + 1}: loss {notation.text(losses[place])};")
    results = [
        node.values[0]
        for node in trace.nodes
        if node.op == "linear" and node.values[0] and node.values[0].shape == (6, 1)
    ]
    titles = panel.locator(".viz-view-dot title").all_text_contents()
    for title, number in zip(titles, results[2].data, strict=True):
        assert f"output {notation.number(number).replace('-', chr(8722))}," in title

    # The panel is next to the graph, which keeps the step in view at its new size.
    box, frame = panel.bounding_box(), page.locator(".viz-frame").bounding_box()
    transport = page.locator(".viz-transport").bounding_box()
    assert box is not None
    assert frame is not None
    assert transport is not None
    assert frame["x"] + frame["width"] <= box["x"]
    assert box["y"] + box["height"] <= transport["y"]
    seen.shot(page, "view-plane")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    wide = page.locator(".viz-frame").bounding_box()
    assert wide is not None
    assert wide["width"] > frame["width"] + 200
