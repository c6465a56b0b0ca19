"""Comparison of what two versions of the code make of each program.

    python -m bench.payloads COMMIT [--only TEXT]

Runs the corpus, the lessons and fifty random programs with the present code and with that of
COMMIT, and compares, field by field, the trace and the data of the picture in each language. Prints
a line per program that differs, with the fields, and a last line with the counts. `--only` takes
the programs whose name contains TEXT. Left out are measurements, the catalogue of words that each
picture brings, and the digest of it all. The exit status is 1 if something differs.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from bench.load import checkout
from tests import corpus
from tests.engine.test_laws import programs
from viz_app.knowledge import lessons
from viz_app.paths import PROJECT

RANDOM = 50

DRIVER = """
import hashlib, json, sys
import msgspec
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.picture import scene
from viz_app.picture.payload import payload

LIMITS = msgspec.structs.replace(Limits(), wall_seconds=120.0, curves=0, replayed_calls=0)

def digests(prefix, value):
    fields = json.loads(msgspec.json.encode(value))
    return {f"{prefix}.{name}": hashlib.sha256(json.dumps(part).encode()).hexdigest()
            for name, part in fields.items() if name not in ("words", "version")}

for line in sys.stdin:
    name, source = json.loads(line)
    try:
        trace = client.run(source, LIMITS)
        found = digests("trace", trace)
        shown = scene.build(trace)
        for language in text.languages():
            found |= digests(language, payload(shown, text.load(language)))
    except VizError as error:
        found = digests("error", error.failure)
    print(json.dumps([name, found]), flush=True)
"""


def texts() -> dict[str, str]:
    """The programs by name."""
    folder = PROJECT / "tests/programs"
    found = {
        path.stem: corpus.text(path)
        for path in sorted(folder.iterdir())
        if path.suffix in (".py", ".ipynb")
    }
    found |= {f"lesson {slug}": lesson.program for slug, lesson in lessons.load().items()}
    drawn: list[str] = []

    @seed(0)
    @settings(
        max_examples=RANDOM,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def draw(source: str) -> None:
        drawn.append(source)

    draw()
    return found | {f"random {number}": source for number, source in enumerate(drawn)}


def made(root: Path, sources: dict[str, str]) -> dict[str, dict[str, str]]:
    """The digest of each field, by program, as the code in `root` makes it."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER],
        input="".join(f"{json.dumps(pair)}\n" for pair in sources.items()),
        cwd=root, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(line) for line in done.stdout.splitlines())


def main(commit: str, only: str) -> int:
    sources = {name: text for name, text in texts().items() if only in name}
    now = made(PROJECT, sources)
    with checkout(commit) as root:
        before = made(root, sources)
    different = 0
    for name in sources:
        fields = sorted(
            field
            for field in now[name].keys() | before[name].keys()
            if now[name].get(field) != before[name].get(field)
        )
        different += bool(fields)
        if fields:
            print(f"{name}: {' '.join(fields)}")
    print(f"{len(sources)} programs, {different} of them different from {commit}")
    return 1 if different else 0


if __name__ == "__main__":
    parser: Any = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commit")
    parser.add_argument("--only", default="", metavar="TEXT")
    asked = parser.parse_args()
    sys.exit(main(asked.commit, asked.only))
