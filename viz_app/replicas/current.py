"""The shared state of this server, set by the host: Redis at VIZ_APP_REDIS_URL, or memory."""

import functools
import os
from collections.abc import Mapping

from viz_app.replicas.memory import Memory
from viz_app.replicas.shared import Shared

URL = "VIZ_APP_REDIS_URL"


def connected(environment: Mapping[str, str]) -> Shared:
    """The state that the settings name. ValueError for an address that is none."""
    url = environment.get(URL)
    if not url:
        return Memory()
    from viz_app.replicas.by_redis import ByRedis  # only where there are several replicas

    try:
        return ByRedis(url)
    except ValueError as problem:  # whose message has the address, perhaps with a password
        raise ValueError(f"{URL} is redis://, rediss:// or unix:// with an address") from problem


def several(environment: Mapping[str, str]) -> bool:
    """True if the host has set a state for several replicas."""
    return bool(environment.get(URL))


@functools.cache
def shared() -> Shared:
    """The state of this server; read late, since a host's secrets are settings as well."""
    return connected(os.environ)
