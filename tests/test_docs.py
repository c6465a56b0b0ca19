"""The documentation site: each page is in its navigation, and names only what exists."""

import re
from pathlib import Path

import pytest

from viz_app.__main__ import main
from viz_app.knowledge import lessons
from viz_app.paths import PROJECT
from viz_app.render.exports import EXPORTS

DOCS = PROJECT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = {path.relative_to(DOCS).as_posix(): path.read_text("utf-8") for path in PAGES}


def test_every_page_is_in_the_navigation() -> None:
    navigation = (PROJECT / "mkdocs.yml").read_text("utf-8").partition("nav:")[2]
    assert set(re.findall(r"[\w/]+\.md", navigation)) == set(TEXTS)


@pytest.mark.parametrize("page", TEXTS)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+\.md)", TEXTS[page])
    assert [link for link in links if not (DOCS / page).parent.joinpath(link).is_file()] == []


TEXTS_OF_THE_PROJECT = ("CONTRIBUTING", "DECISIONS", "DESIGN", "HOSTING", "README", "SECURITY")
ROOTS = ("", "assets", "tests", "viz_app", "viz_app/knowledge", "viz_app/picture")
"""The folders from which these name files."""


@pytest.mark.parametrize("name", TEXTS_OF_THE_PROJECT)
def test_files_that_the_projects_texts_name_exist(name: str) -> None:
    text = (PROJECT / f"{name}.md").read_text("utf-8")
    named = re.findall(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|js|md|toml|ts|yaml))(?:::\w+)?`", text)
    assert [it for it in named if not any((PROJECT / root / it).exists() for root in ROOTS)] == []
    modules = set(re.findall(r"python -m (bench\.\w+|tests\.\w+)", text))
    assert [it for it in modules if not (PROJECT / f"{it.replace('.', '/')}.py").exists()] == []


def test_commands_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = {found for text in TEXTS.values() for found in re.findall(r"viz-app (\w+) ", text)}
    assert {"render", "check"} <= named
    assert main(["--help"]) == 0
    known = capsys.readouterr().out
    assert [one for one in sorted(named) if one not in known] == []


def test_lessons_and_formats_of_the_pages_exist() -> None:
    text = "\n".join(TEXTS.values())
    for slug in re.findall(r"viz-app check ([a-z-]+) ", text):
        assert slug in lessons.load()
    endings = {name.lstrip(".") for name in EXPORTS}
    assert set(re.findall(r"-o \w+\.(\w+)", text)) <= endings


def test_the_course_says_of_each_lesson_what_it_is_for_in_its_order() -> None:
    rows = re.findall(r"^\| (\d*) ?\| `([a-z-]+)` \| (.+) \| (.+) \|$", TEXTS["course.md"], re.M)
    assert [(number, slug) for number, slug, _, _ in rows] == [
        ("" if lesson.beside else str(lesson.order), lesson.slug)
        for lesson in lessons.load().values()
    ]


def test_lesson_in_the_guide_passes_its_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = TEXTS["lesson.md"]
    name, body = (
        re.findall(r"`([\w-]+\.toml)`", page)[0],
        re.findall(r"```toml\n(.*?)```", page, re.S)[0],
    )
    own, solution = tmp_path / name, tmp_path / "my-solution.py"
    own.write_text(body, "utf-8")
    solution.write_text(lessons.read(name, body.encode()).solved, "utf-8")
    assert main(["check", str(own)]) == 0
    assert main(["check", str(own), str(solution)]) == 0
    assert capsys.readouterr().err == ""


def test_learners_and_teachers_pages_are_in_both_languages() -> None:
    for page in ("learn.md", "teach.md"):
        assert {page, f"ko/{page}"} <= set(TEXTS)
