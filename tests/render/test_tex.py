"""LaTeX files compile as they are, with Debian's TeX Live (`make tex`)."""

import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from tests import traces
from tests.render.runs import OPENED, WHOLE, source
from viz_app.render import tex
from viz_app.render.subject import Subject

pytestmark = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="make tex installs it")

HOSTILE = Path(__file__).with_name("hostile.txt").read_text("utf-8")
LANGUAGES = ("en", "ko")


def compiled(body: bytes, folder: Path) -> tuple[str, str]:
    """The text of the PDF, and TeX's log. No command of the document is run by a shell."""
    (folder / "file.tex").write_bytes(body)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "file.tex"],
        cwd=folder, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    log = (folder / "file.log").read_text("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    document = pypdfium2.PdfDocument(folder / "file.pdf")
    return "\n".join(page.get_textpage().get_text_bounded() for page in document), log


@pytest.mark.parametrize("name", OPENED)
@pytest.mark.parametrize("language", LANGUAGES if WHOLE else LANGUAGES[:1])
def test_tex_of_a_run_compiles(name: str, language: str, tmp_path: Path) -> None:
    subject = Subject(traces.run(source(name)), language)
    text, log = compiled(tex.document(subject), tmp_path)
    assert subject.words("page.title").split()[0] in text
    assert "Missing character" not in log


def test_a_hostile_program_compiles_and_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.tex").write_text("a secret of the host's")
    asked = (
        HOSTILE + "\n# \\input{secret} \\write18{touch hit} $$ \\end{document} ^^5cinput{secret}\n"
    )
    text, log = compiled(tex.document(Subject(traces.run(asked))), tmp_path)
    assert "a secret" not in text
    assert "secret.tex" not in log
    assert not (tmp_path / "hit").exists()
