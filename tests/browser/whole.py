"""Measures each step of a picture in the page: boxes that are cut, texts that overlap, captions;
and the texts of the lesson beside it.

One call of `measure` takes the page through all steps, one of `words` through a lesson's tabs.
"""

from typing import Any, Final

import msgspec
from playwright.sync_api import Page

from viz_app import share
from viz_app.knowledge import lessons
from viz_app.paths import PROJECT
from viz_app.picture.drawing import styles


class View(msgspec.Struct, frozen=True):
    """A size of the window in pixels, and what a link adds for it."""

    width: int
    height: int
    more: str = ""


DESK: Final = View(1440, 900)
PHONE: Final = View(390, 844)
PROJECTOR: Final = View(1280, 720, "&present=1")
FRAME: Final = View(700, 600, "&embed=true")

PROGRAMS: Final = (
    "modules_mlp", "rnn_cell_by_hand", "basics_large_tensor", "errors_backward_twice",
    "training_xor", "optim_adam_family", "korean_identifiers", "complex_fft", "views_cat_stack",
    "hooks_of_all_kinds", "embedding_lookup", "multi_output_unbind_split",
    "basics_nan_and_inf", "lists_rnn_unrolled", "modules_custom_linear", "errors_non_scalar",
    "accumulate_two_losses", "conv_grad_cam", "attention_positional_tiny_gpt",
    "second_hessian_by_rows",
)  # fmt: skip
"""Programs of tests/programs that have little in common."""


CHAIN: Final = (
    "h = x = torch.tensor([0.5, 1.], requires_grad=True)\n"
    + "h = (h * 2).sin()\n" * 11
    + "(h + x).sum().backward()\n"
)
"""The program "chain-in-rows": wrapped, and the last row uses a tensor of the first."""


STRAIGHT: Final = CHAIN.replace("(h + x).sum()", "h.sum()")
"""The program "chain-straight": the same, each step of it between two neighbours."""


def query(name: str) -> str:
    """The link of a lesson, or of a program of tests/programs."""
    if name == "chain-in-rows":
        return f"?code={share.encode(CHAIN)}"
    if name == "chain-straight":
        return f"?code={share.encode(STRAIGHT)}"
    if name in lessons.load():
        return f"?lesson={name}"
    return f"?code={share.encode((PROJECT / f'tests/programs/{name}.py').read_text())}"


MEASURE = (PROJECT / "tests/browser/whole.js").read_text()
WORDS = (PROJECT / "tests/browser/words.js").read_text()


def measure(page: Page, view: View, *, only: bool = False) -> dict[str, Any]:
    """The number of steps, boxes and texts seen, the smallest scale of the picture, and per step
    the boxes that are `cut`, the texts that `overlap`, the `caption` if it does not fit, and the
    scale where it is too `small` for the numbers of cards. A step that asks for its gradient is
    also answered; `cut` and `small` are of the answered one.

    `only` measures the current step, as it is.
    """
    page.set_viewport_size({"width": view.width, "height": view.height})
    now = [f"l{styles.place(name)}" for name in ("now_boxes", "back_boxes")]
    found: dict[str, Any] = page.evaluate(MEASURE, [now, view is not DESK, only])
    return found


def words(page: Page, view: View) -> dict[str, Any]:
    """The number of a lesson's `texts` that were seen, with every choice tried and every hint open,
    and those that are `cut`, each with what cuts it."""
    page.set_viewport_size({"width": view.width, "height": view.height})
    found: dict[str, Any] = page.evaluate(WORDS)
    return found
