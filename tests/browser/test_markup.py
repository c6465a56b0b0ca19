"""A program's names and texts are shown as text, whatever they contain."""

from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage

EVIL = "<b class=hostile>hi</b><img class=hostile src=x><a href='javascript:1'>$x$</a>"
PROGRAM = f'''evil = "{EVIL}"
Evil = type(evil, (torch.autograd.Function,), {{
    "forward": staticmethod(lambda ctx, t: t * 2),
    "backward": staticmethod(lambda ctx, g: g * 2),
}})
x = torch.tensor([2., 3.], requires_grad=True)
globals()[evil] = x * 3
held = {{evil: x + 1, "__proto__": x + 2}}
net = torch.nn.Module()
net.add_module(evil, torch.nn.Linear(2, 1))
y = Evil.apply(globals()[evil]) * held[evil] * held["__proto__"]
loss = net._modules[evil](y).sum()
loss.backward()
print(evil)
{{evil: 1}}
setattr(net, "constructor", loss)
raise type(evil, (Exception,), {{}})(evil)
'''
TABS = ("Chain rule", "Jacobian of this step", "Slope", "No gradient?")


def _planted(page: Page) -> int:
    found = page.evaluate(
        "document.querySelectorAll(\".hostile, img[src=x], a[href^='javascript' i]\").length"
    )
    return int(found)


def test_markup_stays_text_wherever_it_can_stand(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    seen.run(page, PROGRAM, state="error")
    expect(page.get_by_role("alert")).to_contain_text("<b class=hostile>hi</b>")
    output = page.get_by_role("region", name="Printed output", exact=True)
    expect(output).to_contain_text("<img class=hostile src=x>")
    rows = 0
    for step in range(seen.last(page) + 1):
        assert _planted(page) == 0, step
        rows += sum("<b class=hostile>" in name for name in seen.table(page))
        seen.press(page, "Next step")
    assert rows > 0, "the names are shown"
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        assert _planted(page) == 0, tab
    page.get_by_role("button", name="History").click()
    assert _planted(page) == 0
    seen.shot(page, "markup")
    page.reload()
    expect(seen.graph(page)).to_have_attribute("data-state", "error")
    assert _planted(page) == 0
