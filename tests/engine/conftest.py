"""The engine that the tests of one process share."""

import pytest

from viz_app.engine import client
from viz_app.engine.client import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The app's own engine: to start another takes eight seconds of processor time."""
    client.start()
    return client._engine
