"""Visitors by address, and the number of pages they may have open: addresses, proxies,
connections."""

import asyncio
import ipaddress
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import streamlit as st
from starlette.datastructures import Headers
from starlette.types import Scope

from viz_app.limits import Quota, Visitor
from viz_app.replicas.memory import Memory
from viz_app.replicas.shared import AwayError, Shared

HEADER = "viz-address"
"""Header in which the guard passes the visitor's address to the page; a visitor's own is
removed."""

NAME = "viz-connection"
"""Header in which the guard passes the name of the page's connection, set in the same way."""

PEER = "viz_app.peer"
"""Key of a request's scope: the address that the connection itself came from."""

PROXIES = "VIZ_APP_TRUSTED_PROXIES"
WATCHERS = "VIZ_APP_METRICS_FROM"

NETWORK = 64
"""Leading bits of an IPv6 address that count: a household or a rented machine has the rest."""

IDLE_SECONDS = 300.0
"""Seconds without a message after which a page may be closed for a new one."""

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


def named(scope: Scope, address: str, connection: str = "") -> dict[str, Any]:
    """The scope with the visitor's address and the connection's name in our headers, and in no
    other headers of those names."""
    own = {HEADER.encode(): address.encode(), NAME.encode(): connection.encode()}
    kept = [pair for pair in scope["headers"] if pair[0].lower() not in own]
    return {**scope, "headers": [*kept, *((name, it) for name, it in own.items() if it)]}


def visitor(session: str, room: str | None = None) -> Visitor:
    """The visitor of the page that is being drawn, with the room that the page is in."""
    return Visitor(session, st.context.headers.get(HEADER, ""), room or "")


class Connection(msgspec.Struct, eq=False):
    """An open page. `name` is known to the page itself, `last_message` is a time, `ended` is set
    when the page is closed for another. `soon` calls in the event loop of the connection, from any
    thread. `room` is "" for none, and None until the page has been drawn.
    """

    address: str
    name: str
    last_message: float
    soon: Callable[[Callable[[], None]], object]
    room: str | None = None
    ended: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in which it is counted: its address, and there its room, or those in none."""
        if not self.address:
            return ()
        whole = f"pages:{self.address}"
        return (whole,) if self.room is None else (whole, f"{whole} {self.room}")


class Connections:
    """The open pages, bounded in number for all on this replica, and for each address, and each
    room there, over all replicas.

    If there is no room for another, the page that has been idle longest gives way, if it has been
    idle for IDLE_SECONDS; the browser keeps its text, and opens it again. Methods may be called
    from any thread; `open`, `enter` and `close` may wait for the shared state. While that is away,
    the pages of this replica count.
    """

    def __init__(
        self,
        quota: Quota,
        clock: Callable[[], float] = time.monotonic,
        shared: Shared | None = None,
    ) -> None:
        self.quota = quota
        self.clock = clock
        self._shared = shared or Memory(clock)
        self._lock = threading.Lock()
        """Around the pages of this replica; nobody waits while holding it."""
        self._announcing = threading.Lock()
        """Around a count and its announcement, so that no older one follows a newer."""
        self._names = itertools.count(1)
        self._open: dict[Connection, None] = {}
        """The open pages, by the time of their last message."""
        self._of: Counter[str] = Counter()

    def open(
        self,
        address: str,
        soon: Callable[[Callable[[], None]], object] = lambda act: act(),
    ) -> Connection | None:
        """Open a place for one more page; None if there is none."""
        made = Connection(address, f"{next(self._names)}", self.clock(), soon)
        gone = None
        with self._lock:
            if len(self._open) >= self.quota.sessions:
                gone = self._give_way()
                if gone is None:
                    return None
            self._open[made] = None
            self._of.update(made.groups)
        self._announce(gone)
        return made if self._placed(made) else None

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, name: str, room: str) -> None:
        """Count a page in its room, in none for "".

        Where that has its share already, the page stays with those it was with; one that has just
        come to no room gives way.
        """
        with self._lock:
            found = next((it for it in self._open if it.name == name), None)
        if found is None or found.room == room:
            return
        before = found.room
        for place in (room, before if before is not None else ""):
            self._move(found, place)
            if self._fits(found):
                return
        if before is None:
            self._placed(found)

    def note_message(self, connection: Connection) -> None:
        """Note that a message arrived."""
        with self._lock:
            if connection in self._open:
                connection.last_message = self.clock()
                del self._open[connection]
                self._open[connection] = None

    def close(self, connection: Connection) -> None:
        """Free the connection's place; a second call does nothing."""
        with self._lock:
            if not self._drop(connection):
                return
        self._announce(connection)

    def _placed(self, made: Connection) -> bool:
        """True if there is room for a page, or another one has given way; False if it must."""
        if self._fits(made):
            return True
        with self._lock:
            gone = self._give_way(made)
        self._announce(gone)
        if gone is None:
            made.soon(made.ended.set)
            self.close(made)
        return gone is not None

    def _give_way(self, to: Connection | None = None) -> Connection | None:
        """End the page that is idle longest, of those counted with `to`, if it is so for long."""
        rivals = (it for it in self._open if to is None or to.groups[-1] in it.groups)
        idle = next((it for it in rivals if it is not to), None)
        if idle is None or idle.last_message > self.clock() - IDLE_SECONDS:
            return None
        idle.soon(idle.ended.set)
        self._drop(idle)
        return idle

    def _drop(self, connection: Connection) -> bool:
        if connection not in self._open:
            return False
        del self._open[connection]
        self._of.subtract(connection.groups)
        self._of += Counter()  # drops those at zero
        return True

    def _move(self, connection: Connection, room: str) -> None:
        """Count an open page in a room instead of where it was."""
        before = msgspec.structs.replace(connection)
        with self._lock:
            if connection not in self._open:
                return
            self._of.subtract(connection.groups)
            connection.room = room
            self._of.update(connection.groups)
            self._of += Counter()
        self._announce(before)

    def _fits(self, connection: Connection) -> bool:
        """Announce a page's groups; False if one has more pages on all replicas than its share."""
        self._announce(connection)
        shares = self.quota.sessions_address, self.quota.sessions_room
        return all(
            self._number(group) <= most
            for group, most in zip(connection.groups, shares, strict=False)
        )

    def _number(self, group: str) -> int:
        """The number of a group's pages on all replicas."""
        try:
            everywhere = self._shared.look(group).present
        except AwayError:
            everywhere = 0
        return max(everywhere, self._of[group])  # this one's own may have no sign of life yet

    def _announce(self, connection: Connection | None) -> None:
        """Announce the pages of a page's groups on this replica."""
        if connection is None:
            return
        for group in connection.groups:
            with self._announcing:
                try:
                    self._shared.announce(group, self._of[group])
                except AwayError:
                    continue  # it is announced again when it is back


_here: Connections | None = None


def use(connections: Connections) -> None:
    """Count this server's pages with these from now on."""
    global _here
    _here = connections


def enter(room: str | None) -> None:
    """Count the page that is being drawn in its room, if any."""
    name = st.context.headers.get(NAME, "")
    if _here is not None and name:
        _here.enter(name, room or "")
