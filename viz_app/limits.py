"""The budget of one run of a program, and the quota of all visitors together."""

import math
from collections.abc import Mapping

import msgspec

JACOBIAN_ROWS = 16
"""Maximum number of elements of a node's outputs for reading its Jacobian, one call per element."""
JACOBIAN_COLUMNS = 36
"""Maximum number of elements of an operand: a larger matrix is not read."""
EDITABLE = 1_000
"""Maximum number of inputs, and of operations, of a program's text that can be edited; nobody edits
more of them by hand."""


class Limits(msgspec.Struct, frozen=True):
    """The budget of one run, each field with its reason."""

    source_bytes: int = 100_000
    """Size of the text: 1 MB of `a;` costs the parser 955 MB; no lesson is longer than this."""
    lines: int = 20_000
    """Short lines cost the parser more than their bytes suggest: 50,000 of `a` take half a
    second."""
    wall_seconds: float = 10.0
    """Time a class waits at most; catches sleeps and kernels that never return."""
    cpu_seconds: int = 10
    """Catches a busy loop even if the parent is too loaded to keep the wall clock."""
    memory_bytes: int = 768 * 2**20
    """Memory written, in addition to the zygote's pages: enough for a ResNet step, too little to
    starve a host."""
    nodes: int = 50_000
    """More can't be drawn or sent; 10,000 operations must fit."""
    elements: int = 1_024
    """Maximum number of elements of a tensor kept whole: nobody reads a matrix larger than 32 x
    32."""
    numbers: int = 2**20
    """Maximum number of elements of all tensors of a trace together: more take seconds to send.
    Beyond it, fewer tensors are kept whole."""
    head: int = 32
    """Number of elements kept of a larger tensor, with its statistics."""
    printed_characters: int = 100_000
    """A page of print-outs has 3,000; an endless print would fill the host's memory."""
    result_bytes: int = 64 * 2**20
    """Maximum number of bytes that the client reads from an untrusted child."""
    result_memory: int = 160 * 2**20
    """Maximum size of the objects that a result is decoded to: five million numbers."""
    passes_whole: int = 32
    """Backward passes kept whole, the first and the last half of them; the rest are counted."""
    passes_least: int = 4
    """Passes kept even if each is large: the first two show the beginning, the last two the end."""
    nodes_whole: int = 5_000
    """Number of nodes from which passes in the middle are dropped: a picture can still be sent."""
    jacobian_calls: int = 256
    """Calls of autograd nodes for reading their Jacobians: enough for a lesson, 2 ms at most."""
    replayed_calls: int = 3_000
    """Statements and calls of all reruns for finite differences and curves."""
    curves: int = 16
    """Elements of leaves over which the result is drawn, in their order: nobody chooses among
    more."""
    files_bytes: int = 64 * 2**20
    """Size of all files that the program writes, in its memory: checkpoints of a small network."""
    files: int = 1_000
    """Number of its files, and of its folders: each costs a kilobyte."""
    passes: int = 100_000
    """Backward calls; only an endless loop makes more within the wall clock."""


FOLDED = Limits(curves=0)
"""The budget of a run whose explanations are folded: curves take half of a lesson's time."""


TRIAL = Limits(
    cpu_seconds=3,  # a visitor who opened a choice waits: longer only on a busy machine
    jacobian_calls=0,
    replayed_calls=0,
    elements=16,  # only shapes are reported
    head=4,
    result_bytes=2**20,
)
"""The budget of trying out what an operation can be changed to, all of it in one child."""


SURVEY = Limits(
    cpu_seconds=4,  # a visitor who chose a second element waits: longer only on a busy machine
    jacobian_calls=0,
    replayed_calls=1,  # the measurement itself, without finite differences
    elements=16,
    head=4,
    result_bytes=2**20,
)
"""The budget of measuring a program's result over two elements."""


LIVE = Limits(jacobian_calls=0, replayed_calls=0)
"""The budget of a run whose number is being dragged: anything the picture does not show can
wait."""


SHORT_SECONDS = 0.3
"""Time in which a lesson's program finishes, also on a busy machine. One that runs longer makes way
for those that come after it."""


class Visitor(msgspec.Struct, frozen=True):
    """The sender of a request: a session, its network address, and the code of the room that it is
    in; "" if unknown or none."""

    session: str
    address: str = ""
    room: str = ""


class Beside(msgspec.Struct, frozen=True):
    """The budget of the files that a visitor opens beside the program, each field with its
    reason."""

    files: int = 8
    """Training and test data, labels, a vocabulary, and room for more."""
    bytes: int = 4 * 2**20
    """Size of all of them: a play of Shakespeare's is 1.1 MB, a table of a course far less."""
    all_bytes: int = 256 * 2**20
    """Size of those of all sessions together: unlike pictures, they can't be made again."""


class Work(msgspec.Struct, frozen=True):
    """The budget of a worker (`viz_app/workers`), each field with its reason."""

    start_seconds: float = 120.0
    """Importing torch from a cold disk under load takes most of a minute."""
    cpu_seconds: int = 6
    """Processor time of one job: the longest possible trace takes less, and nobody waits for
    more."""
    wall_seconds: float = 30.0
    """Time of one job, on a machine that is busy with others."""
    memory_bytes: int = 768 * 2**20
    """Memory in addition to a worker's after its start: a child's largest answer, opened and
    drawn."""
    kept_bytes: int = 16 * 2**20
    """Growth after which a worker is replaced, so that memory is certain to be released: what a
    picture of a thousand operations leaves."""
    jobs: int = 1_000
    """Number of jobs of one worker: a leak of its libraries ends with it.

    A start takes half a second.
    """


class Quota(msgspec.Struct, frozen=True):
    """The quota of the visitors of one server: of one session ("each"), of all sessions of one
    room (or of none) at one address, of all from one address, and of all. Each field with its
    reason."""

    at_once: int = 8
    """Programs that run at once: each may take `Limits.memory_bytes` at worst."""
    at_once_each: int = 2
    """The program, and the trials of its operations."""
    at_once_address: int = 6
    """Three quarters, also of a host's own setting: others need not wait for an end."""
    at_once_room: int = 5
    """A class has nearly all of its school's, and leaves one to the class next door."""
    waiting: int = 400
    """Length of the queue: a later arrival would wait for minutes, and gets a message instead."""
    waiting_each: int = 8
    """A page has its program, a choice being tried, a surface and a drag in progress."""
    waiting_address: int = 250
    """A class that presses Run together, and room for others behind it."""
    waiting_room: int = 240
    """A class; the rest is for the class next door."""
    a_minute_each: int = 1_200
    """A dragged number starts up to twenty runs per second."""
    a_minute_address: int = 4_500
    """A school; the rest is for others."""
    a_minute_room: int = 3_000
    """A class of two hundred, each of them with a run every four seconds."""
    a_minute: int = 6_000
    """Two cores manage two thousand; more is a flood."""
    live: int = 8
    """Pictures of drags in progress, each in a thread of its own: beyond that, a drag skips one."""
    live_each: int = 2
    """A drag requests one at a time; a second page of the visitor's may drag as well."""
    live_address: int = 6
    """The rest is for others."""
    sessions: int = 600
    """Open pages: each holds some megabytes and a connection."""
    sessions_address: int = 300
    """One school, behind one address; the rest is for others."""
    sessions_room: int = 240
    """A class at one address, or those there who are in none: the rest is for the others."""
    session_megabytes: int = 1_024
    """Runs and pictures held by open pages; beyond that, those idle longest make them again."""


def quota(environment: Mapping[str, str]) -> Quota:
    """The quota as set by a host: VIZ_APP_AT_ONCE, VIZ_APP_AT_ONCE_EACH and so on, by field.

    ValueError for a setting that is not a whole number from 1.
    """
    chosen = {}
    for name in Quota.__struct_fields__:
        value = environment.get(f"VIZ_APP_{name.upper()}")
        if value is None:
            continue
        if not value.isascii() or not value.isdigit() or int(value) < 1:
            raise ValueError(f"VIZ_APP_{name.upper()} is a whole number from 1")
        chosen[name] = int(value)
    for name in ("at_once", "waiting", "a_minute", "sessions"):
        if f"{name}_address" in chosen:  # a host's share for a school is one for its classes
            own = Quota()
            share = getattr(own, f"{name}_room") / getattr(own, f"{name}_address")
            chosen.setdefault(f"{name}_room", math.ceil(chosen[f"{name}_address"] * share))
    if "at_once" in chosen:
        chosen.setdefault("at_once_address", max(1, chosen["at_once"] * 3 // 4))
    return Quota(**chosen)
