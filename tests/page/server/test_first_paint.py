"""The page before the app: Streamlit's own, with our sign and one script."""

import tomllib

import pytest

from viz_app.knowledge import text
from viz_app.page.server import first_paint, guard
from viz_app.paths import PROJECT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_first_paint_has_the_background_of_the_theme(theme: str) -> None:
    config = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text())
    assert first_paint.GROUNDS[theme] == config["theme"][theme]["backgroundColor"]
    assert f'data-theme="{theme}"' in first_paint.page(theme, "en")


def test_first_paint_adds_only_a_sign_a_note_a_style_and_a_script() -> None:
    page, plain = first_paint.page(None, "en"), guard.INDEX.read_text("utf-8")
    assert page.count("<div ") == plain.count("<div ") + 2
    assert page.count("<style") == plain.count("<style") + 1
    # The policy allows these scripts and no other.
    assert guard.INLINE.findall(page) == [guard.INCOMPLETE, *guard.INLINE.findall(plain)]
    assert page.count("<script") == plain.count("<script") + 1
    assert "<title>Autodiff visualiser</title>" in page
    assert '<div class="viz-first-paint" aria-hidden="true">∇</div>' in page


@pytest.mark.parametrize("language", text.languages())
def test_a_note_for_missing_files_is_in_the_visitors_language(language: str) -> None:
    words = text.load(language)
    note = f"hidden>{words('page.incomplete')}<button>{words('page.load_again')}</button>"
    assert note in first_paint.page(None, language)
