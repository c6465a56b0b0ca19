"""requirements.lock agrees with the requirements, and is whole."""

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from viz_app.paths import PROJECT

LOCK = PROJECT / "requirements.lock"


def requirements(name: str) -> list[Requirement]:
    """The lines of a requirements file; the installed project and included files are left out."""
    lines = (PROJECT / name).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if re.match(r"[a-z]", line)]


LOCKED = {canonicalize_name(it.name): it for it in requirements("requirements.lock")}


def version(locked: Requirement) -> str:
    (exact,) = locked.specifier
    assert exact.operator == "=="
    return exact.version


def needed() -> list[Requirement]:
    """The requirements in the package's metadata, extras included."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(it) for some in (project["dependencies"], *extras) for it in some]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_each_pin_is_locked_at_its_version(name: str) -> None:
    for pinned in requirements(name):
        locked = LOCKED.get(canonicalize_name(pinned.name))
        assert locked is not None, pinned
        assert version(locked) == version(pinned), f"{pinned}: run `make lock`"


def test_each_range_of_the_metadata_admits_the_locked_version() -> None:
    ranges = needed()
    assert len(ranges) > 10
    for one in ranges:
        assert one.specifier.contains(version(LOCKED[canonicalize_name(one.name)])), one


def test_dependencies_of_locked_packages_are_locked() -> None:
    left = [(pinned.name, extra) for name in ("requirements.txt", "requirements-dev.txt")
            for pinned in requirements(name) for extra in (pinned.extras or {""})]  # fmt: skip
    left = [(name, extra) for name, extra in left if _installed(name)]
    seen = set()
    while left:
        name, extra = left.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in metadata.requires(name) or ():
            needs = Requirement(line)
            if needs.marker is not None and not needs.marker.evaluate({"extra": extra}):
                continue
            canonical = canonicalize_name(needs.name)
            assert canonical in LOCKED, f"{name} needs {needs}: run `make lock`"
            if _installed(needs.name):
                left += [(needs.name, it) for it in (needs.extras or {""})]
    assert len(seen) > 60


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:  # of another system
        return False
    return True
