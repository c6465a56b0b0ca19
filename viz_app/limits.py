"""What one run of a program may use before it is stopped, and what visitors may use together."""

from collections.abc import Mapping

import msgspec

JACOBIAN_ROWS = 16
"""Elements of a node's outputs up to which its Jacobian is read, a call per element."""
JACOBIAN_COLUMNS = 36
"""Elements of an operand: a larger matrix is not read any more."""


class Limits(msgspec.Struct, frozen=True):
    """The budget of one run, each field with its reason."""

    source_bytes: int = 100_000
    """1 MB of `a;` costs the parser 955 MB; no lesson is longer than this."""
    lines: int = 20_000
    """Short lines cost the parser more than bytes tell: 50,000 of `a` take half a second."""
    wall_seconds: float = 10.0
    """A class does not wait longer; catches sleeps and kernels that never return."""
    cpu_seconds: int = 10
    """Catches a busy loop even when the parent is too loaded to keep the wall clock."""
    memory_bytes: int = 768 * 2**20
    """Written, beside the zygote's pages it reads: enough for a ResNet step, too little to starve a
    host."""
    nodes: int = 50_000
    """More can't be drawn or sent; 10,000 operations must fit."""
    elements: int = 1_024
    """Of one tensor kept whole: a 32 x 32 matrix is the largest whose numbers anyone reads."""
    head: int = 32
    """Of a larger tensor kept beside its statistics."""
    printed_characters: int = 100_000
    """A page of print-outs has 3,000; an endless print would fill the host's memory."""
    result_bytes: int = 64 * 2**20
    """What the client reads at most from a child that is not trusted."""
    result_memory: int = 160 * 2**20
    """Of the objects that a result becomes when it is decoded: five million numbers."""
    passes_whole: int = 32
    """Backward passes kept whole, the first and the last half of them; the rest is counted."""
    passes_least: int = 4
    """Kept even when each is large: the first two tell how it began, the last two how it ends."""
    nodes_whole: int = 5_000
    """Nodes from which on passes in the middle are dropped: a picture can still be sent."""
    jacobian_calls: int = 256
    """Of autograd nodes, to read their Jacobians: what a lesson needs, 2 ms at most."""
    replayed_calls: int = 3_000
    """Statements and calls of all runs that are made again for finite differences and curves."""
    curves: int = 16
    """Elements of leaves over which the result is drawn, in their order: a choice of more is
    none."""
    passes: int = 100_000
    """Backward calls; only an endless loop makes more within the wall clock."""


FOLDED = Limits(curves=0)
"""The budget of a run whose explanations are folded: curves take half of a lesson's time."""


TRIAL = Limits(
    wall_seconds=3.0,  # a visitor who opened a choice waits for it
    cpu_seconds=3,
    jacobian_calls=0,
    replayed_calls=0,
    elements=16,  # only shapes are told
    head=4,
    result_bytes=2**20,
)
"""The budget of trying out what an operation can be changed to, all of it in one child."""


SURVEY = Limits(
    wall_seconds=4.0,  # a visitor who chose a second element waits for it
    cpu_seconds=4,
    jacobian_calls=0,
    replayed_calls=1,  # what it is about, and no finite differences beside it
    elements=16,
    head=4,
    result_bytes=2**20,
)
"""The budget of measuring a program's result over two elements."""


LIVE = Limits(jacobian_calls=0, replayed_calls=0)
"""The budget of a run whose number is being dragged: what the picture does not show can wait."""


class Visitor(msgspec.Struct, frozen=True):
    """Who asks: a session, and the network address it came from; "" where none is known."""

    session: str
    address: str = ""


class Work(msgspec.Struct, frozen=True):
    """The budget of a worker (`viz_app/workers`), each field with its reason."""

    start_seconds: float = 120.0
    """A cold disk under load takes most of a minute to import what is needed."""
    cpu_seconds: int = 6
    """Of one job: the longest trace there can be takes less, and who waits for more has left."""
    wall_seconds: float = 30.0
    """Of one job, on a machine that is busy with others."""
    memory_bytes: int = 768 * 2**20
    """Beside what a worker has after its start: a child's largest answer, opened and drawn."""
    kept_bytes: int = 16 * 2**20
    """A worker that a job has made larger by more is replaced, so that memory comes back for sure:
    a lesson takes half of it, a thousand operations more."""
    jobs: int = 1_000
    """Of one worker: what its libraries might lose is lost with it. A start takes half a second."""


class Quota(msgspec.Struct, frozen=True):
    """What the visitors of one server may use: of one session ("each"), of all sessions from one
    address, and of all. Each field with its reason."""

    at_once: int = 8
    """Programs that run side by side: each may take `Limits.memory_bytes` at worst."""
    at_once_each: int = 2
    """The program, and what its operations could be changed to."""
    at_once_address: int = 6
    """Three quarters, also of what a host sets: others need not wait for an end."""
    waiting: int = 400
    """In the queue: who comes later would wait for minutes and is better told so."""
    waiting_each: int = 8
    """A page has its program, a choice that is tried, a surface and a drag under way."""
    waiting_address: int = 250
    """A class that presses Run together, and room for others behind it."""
    a_minute_each: int = 1_200
    """A number that is dragged starts up to twenty a second."""
    a_minute_address: int = 4_500
    """A class; the rest is for others."""
    a_minute: int = 6_000
    """Two cores manage two thousand, and what comes beside is a flood."""
    live: int = 8
    """Pictures of drags under way, each in a thread of its own: beyond, a drag skips one."""
    live_each: int = 2
    """A drag asks for one at a time; a second page of the visitor's may drag as well."""
    live_address: int = 6
    """The rest is for others."""
    sessions: int = 600
    """Pages that are open: each holds some megabytes and a connection."""
    sessions_address: int = 300
    """Of one school, behind one address; the rest is for others."""
    session_megabytes: int = 1_024
    """What open pages hold of runs and pictures; beyond, those idle longest make them anew."""


def quota(environment: Mapping[str, str]) -> Quota:
    """The quota as a host sets it: VIZ_APP_AT_ONCE, VIZ_APP_AT_ONCE_EACH and so on, by field.

    ValueError for what is no whole number from 1.
    """
    chosen = {}
    for name in Quota.__struct_fields__:
        value = environment.get(f"VIZ_APP_{name.upper()}")
        if value is None:
            continue
        if not value.isascii() or not value.isdigit() or int(value) < 1:
            raise ValueError(f"VIZ_APP_{name.upper()} is a whole number from 1")
        chosen[name] = int(value)
    if "at_once" in chosen:
        chosen.setdefault("at_once_address", max(1, chosen["at_once"] * 3 // 4))
    return Quota(**chosen)
