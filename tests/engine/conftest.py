"""An engine for the tests of one file."""

from collections.abc import Iterator

import pytest

from viz_app.engine.client import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine("auto")
    engine.start()
    yield engine
    engine.close()
