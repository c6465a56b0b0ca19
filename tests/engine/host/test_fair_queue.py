"""Visitors take turns: the queue's order and limits; nobody is left in it."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import PATIENCE_SECONDS, beside, until
from tests.processes import running, settle, zygote
from viz_app.engine.client import Engine
from viz_app.engine.host.fair_queue import FairQueue
from viz_app.engine.process.zygote import PATIENT
from viz_app.errors import VizError
from viz_app.limits import SHORT_SECONDS, Limits, Quota, Visitor, quota
from viz_app.model import Trace
from viz_app.paths import PROJECT
from viz_app.replicas.memory import Memory


class Clock:
    """A clock that only moves when it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def visitor(name: str) -> Visitor:
    """A session at home, "anna", or at a school's address, "school/anna"."""
    address, _, session = name.rpartition("/")
    return Visitor(session, address)


class Queue:
    """Runs that wait in threads and end on command; `began` is the order in which they began."""

    def __init__(self, shares: Quota, young: int | None = None) -> None:
        self.clock = Clock()
        self.fair = FairQueue(shares, self.clock, young=young)
        self.began: list[str] = []
        self.places: dict[str, int] = {}
        self._ended: set[str] = set()
        self._ends: dict[str, threading.Event] = {}
        self._threads: dict[str, threading.Thread] = {}

    def come(self, name: str) -> None:
        """Add a run named after its visitor, "anna 1"; returns when it runs or waits in the
        queue."""
        self._ends[name] = threading.Event()
        queued = threading.Event()

        def on_place(place: int) -> None:
            self.places[name] = place
            queued.set()

        def run() -> None:
            with self.fair.take(visitor(name.split()[0]), on_place):
                self.began.append(name)
                queued.set()
                self._ends[name].wait(PATIENCE_SECONDS)

        self._threads[name] = threading.Thread(target=run)
        self._threads[name].start()
        assert queued.wait(PATIENCE_SECONDS)

    def end(self, name: str) -> None:
        self._ends[name].set()
        self._threads[name].join(PATIENCE_SECONDS)
        self._ended.add(name)
        # The program it admitted has begun before another end admits the next one.
        until(lambda: len(self.began) == len(self._ended) + self.fair._running)

    def end_all(self, count: int, seconds: float = 0) -> list[str]:
        """End each run `seconds` after it has begun, until `count` have ended; return the order."""
        for number in range(count):
            begun = self._began(number)
            self.clock.now += seconds
            self.end(begun)
        return self.began

    def _began(self, number: int) -> str:
        return until(lambda: self.began[number:])[0]


def test_first_program_runs_without_waiting() -> None:
    queue = FairQueue(Quota())
    with queue.take(visitor("anna")):
        pass


def test_many_programs_of_one_visitor_wait_behind_one_of_another() -> None:
    queue = Queue(Quota(at_once=1))
    queue.come("anna 1")
    for number in (2, 3, 4):
        queue.come(f"anna {number}")
    queue.come("ben 1")
    queue.clock.now += 10  # what Anna has used by the time she is through
    assert queue.end_all(5) == ["anna 1", "ben 1", "anna 2", "anna 3", "anna 4"]


def test_visitor_leaves_room_for_others() -> None:
    queue = Queue(Quota(at_once=4, at_once_each=2))
    for number in (1, 2, 3):
        queue.come(f"anna {number}")
    queue.come("ben 1")
    assert queue.began == ["anna 1", "anna 2", "ben 1"]
    assert queue.places == {"anna 3": 1}
    queue.end("anna 1")
    assert queue.end_all(4)[-1] == "anna 3"


@pytest.mark.parametrize("sessions", [20, 230])
def test_many_sessions_of_one_address_wait_in_turns_with_one_of_another(sessions: int) -> None:
    """Endless programs of a whole address: another address's program is admitted at once, each
    time."""
    queue = Queue(Quota(at_once=4, at_once_address=3))
    crowd = [f"school/{number} 1" for number in range(sessions)]
    for name in crowd:
        queue.come(name)
    assert queue.began == crowd[:3]
    for number in range(5):
        queue.come(f"ben {number}")
        assert queue.began[-1] == f"ben {number}"
        queue.clock.now += 1
        queue.end(f"ben {number}")
    assert queue.end_all(sessions + 5)[-1] == crowd[-1]


@pytest.mark.parametrize("sessions", [20, 230])
def test_addresses_alternate_if_there_is_one_place(sessions: int) -> None:
    queue = Queue(Quota(at_once=1))
    for number in range(sessions):
        queue.come(f"school/{number} 1")
    for number in range(5):
        queue.come(f"ben {number}")
    order = [name.split()[0] for name in queue.end_all(sessions + 5, seconds=10)]
    assert [name == "ben" for name in order[:10]] == [False, True] * 5


def test_sessions_of_one_address_take_turns_among_themselves() -> None:
    queue = Queue(Quota(at_once=1))
    queue.come("school/anna 1")
    for name in ("school/anna 2", "school/anna 3", "school/ben 1"):
        queue.come(name)
    queue.clock.now += 10
    assert queue.end_all(4)[1] == "school/ben 1"


def test_sessions_that_edit_are_served_in_the_order_of_their_arrival() -> None:
    """A little more use puts nobody behind all others; much use does."""
    queue = Queue(Quota(at_once=1))
    queue.come("school/anna 1")
    queue.clock.now += 2
    for name in ("school/anna 2", "school/ben 1"):
        queue.come(name)
    queue.end("school/anna 1")
    queue.clock.now += 20
    for name in ("school/anna 3", "school/chris 1"):
        queue.come(name)
    assert queue.end_all(5)[1:] == [
        "school/anna 2", "school/ben 1", "school/chris 1", "school/anna 3"
    ]  # fmt: skip


def test_program_that_must_wait_blocks_nobody_else() -> None:
    queue = Queue(Quota(at_once=3, at_once_each=1))
    queue.come("school/anna 1")
    queue.come("school/anna 2")
    queue.come("school/ben 1")
    assert queue.began == ["school/anna 1", "school/ben 1"]
    queue.come("chris 1")
    assert queue.began[-1] == "chris 1"
    queue.end_all(4)


def test_few_programs_begin_at_once_and_long_ones_make_room() -> None:
    queue = Queue(Quota(at_once=3), young=1)
    queue.come("anna 1")
    queue.come("ben 1")
    queue.come("chris 1")
    assert queue.began == ["anna 1"]
    queue.clock.now += SHORT_SECONDS
    until(lambda: queue.began == ["anna 1", "ben 1"])
    queue.end("ben 1")  # one that is done makes room at once
    until(lambda: queue.began == ["anna 1", "ben 1", "chris 1"])
    queue.clock.now += SHORT_SECONDS
    queue.come("dora 1")
    assert queue.began[-1] == "dora 1"
    queue.clock.now += SHORT_SECONDS
    queue.come("emil 1")  # three run, however long they have
    assert queue.places["emil 1"] == 1
    queue.end("anna 1")
    until(lambda: queue.began[-1] == "emil 1")
    queue.end_all(5)


def test_place_in_the_queue_is_reported() -> None:
    queue = Queue(Quota(at_once=1))
    for name in ("anna 1", "ben 1", "chris 1"):
        queue.come(name)
    assert queue.places == {"ben 1": 1, "chris 1": 2}
    assert queue.end_all(3) == ["anna 1", "ben 1", "chris 1"]


def test_older_usage_counts_less() -> None:
    queue = Queue(Quota(at_once=1))
    queue.come("anna 1")
    queue.clock.now += 8
    queue.end("anna 1")
    queue.clock.now += 300
    queue.come("ben 1")
    queue.clock.now += 4
    queue.end("ben 1")
    queue.come("chris 1")
    queue.come("ben 2")
    queue.come("anna 2")
    assert queue.end_all(5)[2:] == ["chris 1", "anna 2", "ben 2"]


def test_cancelled_program_leaves_the_queue() -> None:
    queue = FairQueue(Quota(at_once=1))

    class Gone(Exception):  # noqa: N818  as Streamlit raises to end a script
        pass

    def leave(place: int) -> None:
        raise Gone

    with queue.take(visitor("anna")):
        with pytest.raises(Gone), queue.take(visitor("ben"), leave):
            pass
        assert queue._waiting == []
    with queue.take(visitor("chris")):
        pass


def test_failed_run_gives_its_turn_back() -> None:
    queue = FairQueue(Quota(at_once=1))
    for _ in range(3):
        with pytest.raises(KeyError), queue.take(visitor("anna")):
            raise KeyError
    assert queue._running == 0


def test_too_many_in_a_minute_are_refused_until_the_minute_is_over() -> None:
    clock = Clock()
    queue = FairQueue(Quota(a_minute_each=3, a_minute=5), clock)

    def start(name: str | None) -> None:
        with queue.take(None if name is None else visitor(name)):
            clock.now += 1

    for _ in range(3):
        start("anna")
    with pytest.raises(VizError) as caught:
        start("anna")
    assert caught.value.failure.code == "limit_rate"
    assert caught.value.failure.params == {"limit": 3, "seconds": 57}
    start("ben")
    start("ben")
    with pytest.raises(VizError) as caught:
        start("chris")
    assert caught.value.failure.code == "limit_rate_all"
    start(None)  # the machine's own user
    clock.now += 60
    start("anna")


def test_rate_per_address_is_limited() -> None:
    queue = FairQueue(Quota(a_minute_each=2, a_minute_address=3), Clock())
    for name in ("school/anna", "school/anna", "school/ben", "chris"):
        with queue.take(visitor(name)):
            pass
    for name, code in (("school/anna", "limit_rate"), ("school/ben", "limit_rate_address")):
        with pytest.raises(VizError) as caught, queue.take(visitor(name)):
            pass
        assert caught.value.failure.code == code


@pytest.mark.parametrize(
    ("shares", "refused", "taken"),
    [
        (Quota(at_once=1, waiting=3), "dora", ""),
        (Quota(at_once=1, waiting_address=3), "school/dora", "dora"),
        (Quota(at_once=1, waiting_each=1), "school/ben", "school/dora"),
    ],
)
def test_full_queue_is_reported(shares: Quota, refused: str, taken: str) -> None:
    queue = Queue(shares)
    names = ["school/anna 1", "school/ben 1", "school/chris 1", "school/emil 1"]
    for name in names:
        queue.come(name)
    with pytest.raises(VizError) as caught, queue.fair.take(visitor(refused)):
        pass
    assert caught.value.failure.code == "limit_queue"
    if taken:
        queue.come(f"{taken} 9")
    queue.end_all(len(names) + bool(taken))
    assert not queue.fair._waits


def test_visitors_who_left_are_forgotten() -> None:
    clock = Clock()
    queue = FairQueue(Quota(), clock)
    for number in range(100):
        with queue.take(Visitor(f"{number}", f"{number % 7}")):
            pass
    clock.now += 3600
    with queue.take(visitor("anna")):
        pass
    anna = {("address", "anna"), ("room", "anna "), ("session", "anna")}
    assert set(queue._used) == anna
    assert set(queue._starts) == {*anna, None}
    assert not queue._runs


def test_host_can_set_the_quota() -> None:
    assert quota({}) == Quota()
    chosen = {"VIZ_APP_AT_ONCE": "3", "VIZ_APP_WAITING": "9"}
    assert quota(chosen) == Quota(at_once=3, at_once_address=2, waiting=9)
    assert quota({**chosen, "VIZ_APP_AT_ONCE_ADDRESS": "3"}).at_once_address == 3
    school = quota({"VIZ_APP_AT_ONCE_ADDRESS": "12", "VIZ_APP_A_MINUTE_ADDRESS": "9000"})
    assert (school.at_once_room, school.a_minute_room, school.waiting_room) == (10, 6_000, 240)
    assert quota({"VIZ_APP_AT_ONCE_ROOM": "1"}).at_once_room == 1
    for wrong in ("0", "-1", "1.5", "many", "", "³"):
        with pytest.raises(ValueError, match="VIZ_APP_AT_ONCE"):
            quota({"VIZ_APP_AT_ONCE": wrong})


# ---------------------------------------------------------------------------- with real processes

SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"
ENDLESS = Limits(wall_seconds=3600, cpu_seconds=3600)


def _may_lower_priorities() -> bool:
    """Root in a container may have no right over the children, which belong to nobody."""
    rights = Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0]
    return os.getuid() != 0 or bool(int(rights, 16) >> 23 & 1)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_program_runs_while_another_visitor_has_endless_loops() -> None:
    """Also ahead of them: they have lost their priority.

    bench/queue.py measures the remaining delay.
    """
    engine = Engine("auto", Quota(at_once=3, at_once_each=2))
    engine.start()
    settle(zygote(engine))
    waits = threading.Event()
    done = threading.Event()

    class Gone(Exception):  # noqa: N818
        pass

    def on_place(place: int) -> None:
        waits.set()
        if done.is_set():
            raise Gone

    def loop(on_place: Callable[[int], None] | None = None) -> Trace:
        return engine.run("while True: pass", ENDLESS, visitor=visitor("anna"), on_place=on_place)

    ends = [beside(loop) for _ in range(2)]
    until(lambda: len(running(zygote(engine))) == 2)
    loops = running(zygote(engine))
    third = beside(lambda: loop(on_place))
    assert waits.wait(PATIENCE_SECONDS)
    if _may_lower_priorities():
        until(lambda: {os.getpriority(os.PRIO_PROCESS, it) for it in loops} == {PATIENT})
    assert beside(lambda: engine.run(SEED, visitor=visitor("ben")))().error is None
    assert set(loops) <= set(running(zygote(engine)))
    done.set()
    with pytest.raises(Gone):
        third()
    engine.close()
    for end in ends:
        error = end().error
        assert error is not None
        assert error.code == "engine_died"


BOUND = """
import ctypes, os
ctypes.CDLL(None).prctl(24, 23, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_SYS_NICE: as root in a container
os.nice(19)
from viz_app.engine.client import Engine
engine = Engine("auto")
engine.start()
pid = engine._zygote.process.pid
for _ in range(2):
    print(engine.run("import time; time.sleep(1.5); print('ran')").stdout, end="")
print(engine._zygote.process.pid == pid)
engine.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes a right of Linux's away")
def test_program_runs_where_priorities_cannot_be_changed() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BOUND], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["ran", "ran", "True"]


# --------------------------------------------------------------------------- rooms, and replicas


def test_rooms_of_one_address_take_turns_regardless_of_size() -> None:
    """A class of many is not before the class next door, nor before those in no room."""
    quota = Quota(at_once=1)
    clock = Clock()
    queue = FairQueue(quota, clock)
    order: list[str] = []
    visitors = [
        *(Visitor(f"a{number}", "school", "AAAAAA") for number in range(6)),
        *(Visitor(f"b{number}", "school", "BBBBBB") for number in range(2)),
        *(Visitor(f"c{number}", "school") for number in range(2)),
    ]

    def run(it: Visitor) -> None:
        with queue.take(it):
            order.append(it.session[0])
            clock.now += 10

    with queue.take(Visitor("first", "elsewhere")):
        ends = [beside(lambda it=it: run(it)) for it in visitors]  # type: ignore[misc]
        until(lambda: queue.load()[0] == len(visitors))
    for end in ends:
        end()
    assert sorted(order[:6]) == ["a", "a", "b", "b", "c", "c"]
    assert order[6:] == ["a"] * 4


def test_a_class_leaves_room_for_the_class_next_door() -> None:
    queue = FairQueue(Quota(at_once_room=1, waiting_room=1, a_minute_room=2), Clock())
    first, second = Visitor("a", "school", "AAAAAA"), Visitor("b", "school", "BBBBBB")
    with queue.take(first), queue.take(second):
        assert queue.load() == (0, 2)
    with queue.take(first):
        pass
    with pytest.raises(VizError) as refused, queue.take(Visitor("a2", "school", "AAAAAA")):
        pass
    assert refused.value.failure.code == "limit_rate_address"
    with queue.take(second):
        pass


def test_rates_hold_over_all_servers() -> None:
    """Also if every one of an address's sessions is on another server."""
    rates = Memory(Clock())
    servers = [FairQueue(Quota(a_minute_address=4), Clock()) for _ in range(3)]
    for queue in servers:
        queue.rates = rates
    for number in range(4):
        with servers[number % 3].take(Visitor(f"{number}", "school")):
            pass
    for queue in servers:
        with pytest.raises(VizError) as refused, queue.take(Visitor("late", "school")):
            pass
        assert refused.value.failure.code == "limit_rate_address"
        with queue.take(Visitor("ben", "home")):
            pass


def test_flood_of_one_session_uses_no_other_sessions_rate() -> None:
    queue = FairQueue(Quota(a_minute_each=2, a_minute_address=4), Clock())
    queue.rates = Memory(Clock())
    for _ in range(2):
        with queue.take(Visitor("anna", "school")):
            pass
    for _ in range(9):
        with pytest.raises(VizError) as refused, queue.take(Visitor("anna", "school")):
            pass
        assert refused.value.failure.code == "limit_rate"
    for _ in range(2):
        with queue.take(Visitor("ben", "school")):
            pass


def test_usage_on_another_server_counts_in_the_queue() -> None:
    rates = Memory(Clock())
    here, there = (FairQueue(Quota(at_once=1), Clock()) for _ in range(2))
    here.rates = there.rates = rates
    clock = Clock()
    there.clock = clock
    with there.take(Visitor("a", "school")):
        clock.now += 100
    order: list[str] = []

    def run(address: str) -> None:
        with here.take(Visitor("a", address)):
            order.append(address)

    with here.take(Visitor("first", "elsewhere")):
        ends = []
        for number, address in enumerate(("school", "home"), 1):
            ends.append(beside(lambda address=address: run(address)))  # type: ignore[misc]
            until(lambda number=number: here.load()[0] == number)  # type: ignore[misc]
    for end in ends:
        end()
    assert order == ["home", "school"]


class Away:
    """Rates that can't be reached."""

    def spend(self, *_: object) -> None:
        raise ConnectionError

    def use(self, *_: object) -> float:
        raise ConnectionError


def test_server_without_shared_state_counts_alone() -> None:
    queue = FairQueue(Quota(a_minute_address=2), Clock())
    queue.rates = Away()
    for _ in range(2):
        with queue.take(Visitor("anna", "school")):
            pass
    with pytest.raises(VizError) as refused, queue.take(Visitor("ben", "school")):
        pass
    assert refused.value.failure.code == "limit_rate_address"
