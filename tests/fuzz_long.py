"""`make fuzz`: atheris against the entry points of fuzz.py, guided by coverage of our own code.

    python -m tests.fuzz_long answer|link|notebook|text [its options, such as -max_total_time=60]

An input that breaks a promise is written as crash-* into the current folder.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["viz_app"]):
    from tests import fuzz

if __name__ == "__main__":
    entry = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as corpus:
        Path(corpus, "seed").write_bytes(fuzz.seed(entry))
        target = fuzz.Text() if entry == "text" else fuzz.TARGETS[entry]
        atheris.Setup([*sys.argv, corpus], target)
        atheris.Fuzz()
