"""The formulas as the browser shows them."""

from pathlib import Path

import streamlit

from tests.browser.conftest import OpenPage
from viz_app.knowledge import ops

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


def test_every_formula_of_every_operation_renders_in_katex(open_page: OpenPage) -> None:
    page = open_page()
    [script] = STATIC.glob("static/js/katex.*.js")  # Streamlit brings KaTeX for its own formulas
    labels = (r"\text{a\_b}", r"\text{b}", r"\text{c}")
    formulas = [
        ops.fill(template, labels, r"\text{r}", 4)
        for row in ops.ROWS
        for template in (row.latex, *(partial.latex for partial in row.partials))
        if template
    ]
    assert len(formulas) > 250
    address = f"/{script.relative_to(STATIC)}"
    assert page.evaluate(RENDER, [address, formulas]) == []
    assert page.evaluate(RENDER, [address, [r"\frac{1}{", "x"]]) == [r"\frac{1}{"]
