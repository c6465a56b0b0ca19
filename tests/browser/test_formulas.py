"""The formulas as the browser shows them."""

from collections.abc import Iterator
from pathlib import Path

import streamlit
from playwright.sync_api import expect

from tests import calls
from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.knowledge.test_ops import occurrence
from viz_app import share
from viz_app.picture.words.notation import Reading

STATIC = Path(streamlit.__file__).parent / "static"
RENDER = """async ([address, formulas]) => {
    const module = await import(address);
    const katex = Object.values(module).map((one) => one?.default ?? one)
        .find((one) => typeof one?.renderToString === "function");
    if (!katex) return ["no KaTeX in " + Object.keys(module)];
    return formulas.filter((formula) => {
        try {
            return !katex.renderToString(formula, { throwOnError: true, strict: "ignore" });
        } catch (error) { return true; }
    });
}"""


def proven(name: str) -> Iterator[str]:
    """The formulas of one operation, proven by a run."""
    trace, node = occurrence(name)
    proofs = Reading(trace).proofs
    if (equation := proofs.equation(node)) is not None:
        yield equation.latex
    for slot in range(len(node.inputs)):
        if (found := proofs.derivative(node, slot)) is not None:
            yield found.written.latex


def test_every_formula_of_every_operation_renders_in_katex(open_page: OpenPage) -> None:
    page = open_page()
    [script] = STATIC.glob("static/js/katex.*.js")  # Streamlit brings KaTeX for its own formulas
    # KaTeX has no measures for a raised T within a name, and says so in the console.
    formulas = [one.replace("ᵀ", "T") for name in calls.calls() for one in proven(name)]
    assert len(formulas) > 250
    address = f"/{script.relative_to(STATIC)}"
    assert page.evaluate(RENDER, [address, formulas]) == []
    assert page.evaluate(RENDER, [address, [r"\frac{1}{", "x"]]) == [r"\frac{1}{"]


CUT = """a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
b = (a * 5).detach()
(b * w).backward()
"""


def test_inspector_gives_the_reason_for_a_missing_gradient(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(CUT)}")
    seen.press(page, "First step")
    inspector = page.get_by_role("region", name="Inspector", exact=True)
    expect(inspector).to_contain_text("Why is there no gradient?")
    expect(inspector).to_contain_text("line 3 · detach cuts the graph here")
    seen.shot(page, "no-gradient")
