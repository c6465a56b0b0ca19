"""The places of the project and of its assets."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
"""The checkout, or where the package was installed."""

_INSTALLED = Path(__file__).resolve().parent / "assets"
ASSETS = _INSTALLED if _INSTALLED.exists() else PROJECT / "assets"
"""The assets folder: next to the package in a checkout; setup.py puts it inside an installed
one."""
