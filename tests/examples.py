"""The number of examples that hypothesis draws.

Each run of the tests draws a few, always the same ones; HYPOTHESIS_PROFILE=more (`make fuzz`) draws
others each time, and twenty times as many.
"""

import os

from hypothesis import HealthCheck, settings

MORE = os.environ.get("HYPOTHESIS_PROFILE") == "more"


def examples(count: int) -> settings:
    """Settings for a property that each run of the tests tries with `count` examples."""
    return settings(
        max_examples=20 * count if MORE else count,
        derandomize=not MORE,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
