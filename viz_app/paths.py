"""Where the project is, and what of it is shown but is not Python."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ASSETS = PROJECT / "assets"
