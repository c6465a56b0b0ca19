"""The runs whose files are measured and opened: every lesson, and thirty programs of the corpus."""

import os
from typing import Final

from tests import corpus
from tests.browser import whole
from viz_app.knowledge import lessons
from viz_app.paths import PROJECT

PROGRAMS: Final = (
    *whole.PROGRAMS,
    "distributions_mvn_mixture", "files_state_dict", "forward_mode_dual", "func_grad",
    "function_cube_double_backward", "gan_wgan_gp", "notebook_gradients", "basics_no_backward",
    "stdlib_language_tour", "warnings_of_torch",
)  # fmt: skip
"""Thirty programs of tests/programs that have little in common."""


def source(name: str) -> str:
    """The text of a lesson's program, or of a program of the corpus."""
    lesson = lessons.load().get(name)
    if lesson is not None:
        return lesson.program
    folder = PROJECT / "tests/programs"
    (path,) = (it for it in (folder / f"{name}.py", folder / f"{name}.ipynb") if it.exists())
    return corpus.text(path)


WHOLE: Final = os.environ.get("EXPORTS") == "all"
OPENED: Final = (*lessons.load(), *PROGRAMS) if WHOLE else ("accumulate", "notebook_gradients")
"""The runs whose files are opened: two in each run of the tests, all with `make exports`."""
