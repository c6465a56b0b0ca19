"""A notebook of ten cells, and the same as a marimo app, which knows no magics."""

import re
from typing import Final

import nbformat

LOAD: Final = "%load_ext viz_app\nimport torch\nimport viz_app"
SEED: Final = """a = torch.tensor([2., 3.], requires_grad=True)
b = a + 1
c = b ** 2
d = 2 * c
obj = d.mean()
obj.backward()"""
FAN_OUT: Final = """x = torch.tensor(3., requires_grad=True)
y = torch.tensor(2., requires_grad=True)
u = x * y
v = x + u
z = u * v + x
z.backward()"""
MODULE: Final = """class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(2, 3)
        self.last = torch.nn.Linear(3, 1)

    def forward(self, given):
        hidden = self.first(given).tanh()
        return self.last(hidden).sum()"""
SHOWN: Final = "viz_app.show(Net(), torch.ones(4, 2))"
TRAINING: Final = """w = torch.tensor(1., requires_grad=True)
for turn in range(30):
    loss = (w * 3 - 6) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None"""
ERROR: Final = """t = torch.ones(2, requires_grad=True)
s = t * 2
s.backward()"""
RECORDED: Final = """p = torch.tensor(3., requires_grad=True)
with viz_app.record(lang="ko") as run:
    q = p * p
    q.backward()
run"""
PLAIN: Final = "print(a.grad.tolist(), p.grad.item())"
SAVED: Final = 'run.save("run.gif")'

CELLS: Final = (
    LOAD,
    f"%%autodiff\n{SEED}",
    f"%%autodiff\n{FAN_OUT}",
    MODULE,
    SHOWN,
    f"%%autodiff\n{TRAINING}",
    f"%%autodiff\n{ERROR}",
    RECORDED,
    PLAIN,
    SAVED,
)
PICTURES: Final = ("a = torch", "x = torch", "class Net", "w = torch", "t = torch", "p = torch")
"""The beginnings of the programs of the notebook's pictures, in order."""
STOPPED: Final = PICTURES.index("t = torch")
LOOP: Final = PICTURES.index("w = torch")


def notebook(kernel: str) -> str:
    """The notebook, for a kernel of this name; each cell is a slide."""
    cells = [
        nbformat.v4.new_code_cell(
            text,
            metadata={
                "slideshow": {"slide_type": "slide"},
                "tags": ["raises-exception"] if ERROR in text else [],
            },
        )
        for text in CELLS
    ]
    spec = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    written: str = nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=spec))
    return written


def app() -> str:
    """The marimo app: a cell's text in a recording instead of under the magic, and no error."""
    parts = ["import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n    import torch\n"
             "    import viz_app\n    return torch, viz_app\n"]  # fmt: skip
    for number, text in enumerate(CELLS[1:], 1):
        if ERROR in text or text == SAVED:
            continue
        if text.startswith("%%autodiff\n"):
            body = "\n".join(f"    {line}" for line in text.splitlines()[1:])
            text = f"with viz_app.record() as run{number}:\n{body}\nrun{number}"
        body = "\n".join(f"    {line}" for line in text.splitlines())
        made = [
            it for it in ("Net", "a", "p") if re.search(rf"^ *(class )?{it}\b[ :(]", text, re.M)
        ]
        needs = [it for it in ("torch", "viz_app") if it in text]
        needs += [
            it for it in ("Net", "a", "p") if it not in made and re.search(rf"\b{it}\b[.(]", text)
        ]
        given = f"    return ({', '.join(made)},)\n" if made else "    return\n"
        *head, last = body.split("\n")
        parts.append(
            f"\n\n@app.cell\ndef _({', '.join(needs)}):\n" + "\n".join([*head, last]) + f"\n{given}"
        )
    return "".join(parts) + '\n\nif __name__ == "__main__":\n    app.run()\n'
