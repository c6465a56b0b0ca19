"""The JavaScript of assets/: its modules, and the bundles made of them at installation."""

import hashlib
from pathlib import Path

import msgspec


def modules(assets: Path) -> dict[str, bytes]:
    """Every module, by its path in `assets`."""
    build = assets / "build"
    return {
        file.relative_to(assets).as_posix(): file.read_bytes()
        for file in sorted(assets.rglob("*.js"))
        if build not in file.parents
    }


def built(assets: Path) -> dict[str, bytes]:
    """Every bundle, by the path of its module; empty if any module was changed since."""
    stamp = assets / "build" / "sources.json"
    known: dict[str, str] = msgspec.json.decode(stamp.read_bytes()) if stamp.exists() else {}
    if any(known.get(f"assets/{name}") != digest(text) for name, text in modules(assets).items()):
        return {}
    folder = assets / "build" / "panels"
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*.js"))
    }


def digest(text: bytes) -> str:
    """The SHA-256 digest of a text."""
    return hashlib.sha256(text).hexdigest()
