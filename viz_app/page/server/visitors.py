"""Visitors by address, and the number of pages they may have open: addresses, proxies,
connections."""

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import streamlit as st
from starlette.datastructures import Headers
from starlette.types import Scope

from viz_app.limits import Quota, Visitor

HEADER = "viz-address"
"""Header in which the guard passes the visitor's address to the page; a visitor's own is
removed."""

PEER = "viz_app.peer"
"""Key of a request's scope: the address that the connection itself came from."""

PROXIES = "VIZ_APP_TRUSTED_PROXIES"
WATCHERS = "VIZ_APP_METRICS_FROM"

NETWORK = 64
"""Leading bits of an IPv6 address that count: a household or a rented machine has the rest."""

IDLE_SECONDS = 300.0
"""Seconds without a message after which a page may have to give way to a new one."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def proxies(environment: Mapping[str, str]) -> tuple[Network, ...]:
    """The proxies whose X-Forwarded-For is trusted: addresses or networks, separated by commas.

    ValueError for any other text.
    """
    return _networks(environment, PROXIES)


def watchers(environment: Mapping[str, str]) -> tuple[Network, ...]:
    """The addresses or networks, besides this machine, that may read the metrics.

    ValueError for any other text.
    """
    return _networks(environment, WATCHERS)


def _networks(environment: Mapping[str, str], name: str) -> tuple[Network, ...]:
    given = environment.get(name, "").split(",")
    try:
        return tuple(ipaddress.ip_network(it.strip(), strict=False) for it in given if it.strip())
    except ValueError as problem:
        raise ValueError(f"{name} is a list of addresses or networks") from problem


def peer(scope: Scope) -> Address | None:
    """The address of the connection itself, whatever its headers say."""
    found = scope.get(PEER) or scope.get("client")
    return _parsed(str(found[0])) if found else None


def address(scope: Scope, believed: tuple[Network, ...]) -> str:
    """The address that a request is counted under, "" if it has none.

    It is the nearest address that is not a trusted proxy's: its sender wrote everything further
    away.
    """
    peer = scope.get(PEER) or scope.get("client")
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    nearest: Address | None = None
    for hop in (str(peer[0]) if peer else "", *reversed(forwarded)):
        found = _parsed(hop.strip())
        if found is None:
            break
        nearest = found
        if not any(found in network for network in believed):
            break
    if isinstance(nearest, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((nearest, NETWORK), strict=False))
    return str(nearest or "")


def _parsed(hop: str) -> Address | None:
    """An address in a proxy's notation, with a port or without."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        found = ipaddress.ip_address(hop)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def named(scope: Scope, address: str) -> dict[str, Any]:
    """The scope with the visitor's address in our header, and in no other header of that name."""
    kept = [pair for pair in scope["headers"] if pair[0].lower() != HEADER.encode()]
    return {**scope, "headers": [*kept, (HEADER.encode(), address.encode())]}


def visitor(session: str, room: str | None = None) -> Visitor:
    """The visitor of the page that is being drawn, who is in a room if any."""
    return Visitor(session, st.context.headers.get(HEADER, ""), room or "")


class Connection(msgspec.Struct, eq=False):
    """An open page. `last_message` is a time; `ended` is set when the page gives way."""

    address: str
    last_message: float
    ended: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


class Connections:
    """The open pages, bounded in number for each address and for all.

    If there is no room for another, the page that has been idle longest gives way, if it has been
    idle for IDLE_SECONDS; the browser keeps its text, and opens it again.
    """

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.monotonic) -> None:
        self.quota = quota
        self.clock = clock
        self._open: dict[Connection, None] = {}
        """The open pages, by the time of their last message."""
        self._of: Counter[str] = Counter()

    def open(self, address: str) -> Connection | None:
        """Open a place for one more page; None if there is none."""
        own = bool(address) and self._of[address] >= self.quota.sessions_address
        if own or len(self._open) >= self.quota.sessions:
            idle = next((it for it in self._open if not own or it.address == address), None)
            if idle is None or idle.last_message > self.clock() - IDLE_SECONDS:
                return None
            idle.ended.set()
            self.close(idle)
        made = Connection(address, self.clock())
        self._open[made] = None
        self._of[address] += 1
        return made

    def __len__(self) -> int:
        return len(self._open)

    def note_message(self, connection: Connection) -> None:
        """Note that a message arrived."""
        if connection in self._open:
            connection.last_message = self.clock()
            del self._open[connection]
            self._open[connection] = None

    def close(self, connection: Connection) -> None:
        """Free the connection's place; a second call does nothing."""
        if connection in self._open:
            del self._open[connection]
            self._of[connection.address] -= 1
            if not self._of[connection.address]:
                del self._of[connection.address]
