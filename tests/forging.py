"""Forged answers: real ones with something changed, in their structure or bytes.

engine/host/test_forged.py checks some, `bench/forged.py` ten thousand. Each is drawn from a number,
so that a harmful one can be made again.
"""

import copy
import math
import random
import struct
from typing import Any

import msgspec

from tests import traces
from viz_app.engine.client import Recorded
from viz_app.engine.host import validate
from viz_app.limits import Limits
from viz_app.workers import make
from viz_app.workers.jobs import Draw, Look

LOOK = Look((), "en", "light", explained=True)
BROKEN = "x = torch.ones(2, requires_grad=True)\ny = x + 1\n(y @ torch.ones(3)).backward()\n"
PRINTING = """
import warnings
print("one")
x = torch.linspace(-1, 1, 2000).requires_grad_()
warnings.warn("odd")
x.exp()
z = torch.complex(torch.ones(2), torch.ones(2)).requires_grad_()
(x.exp().sum() + z.abs().sum()).backward()
x.grad[:3]
"""
PROGRAMS = [*traces.PROGRAMS.values(), BROKEN, PRINTING]

NUMBERS = (-1, 0, 1, 2, 3, 7, 64, 1_000, 2**31, 2**53, 2**62, 2**63 - 1, 2**64 - 1, -(2**63))
FLOATS = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, 5e-324, -1.0, 1e-9)
TEXTS = ("", "x", "<b>&\\frac{", "\u202e\u0000", "exception", "no_such_code", "constant", "loop",
         "AccumulateGrad", "torch.bool", "torch.complex64", "n" * 300, "é" * 70_000)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, True, 0, 1.5, "", [], {}, [0, 0], [0.0, 0.0], [1, 1, 1, 1])
MANY = (2, 40, 3_000, 200_000)


def forged(seed: int, honest: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """A program, and a forged answer about it."""
    chance = random.Random(seed)
    source, body = chance.choice(honest)
    if chance.random() < 0.2:
        return source, bytes(_bytes(bytearray(body), chance))
    answer = msgspec.msgpack.decode(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        _change(answer, chance)
    return source, msgspec.msgpack.encode(answer)


def shown(source: str, body: bytes) -> None:
    """Open an answer and make everything that the page shows of it. VizError if it is refused."""
    make.draw(Draw(Recorded(source, body), LOOK))


def honest() -> list[tuple[str, bytes]]:
    """Programs with their real answers."""
    found = ((program, traces.recorded(program).body) for program in PROGRAMS)
    return [(program, body) for program, body in found if body is not None]


def agrees(source: str, body: bytes) -> bool:
    """True if an answer is accepted as the record of a run."""
    return not list(validate.disagreements(validate.trace(body, source, Limits()), Limits()))


def _bytes(body: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body))
        match chance.choice(("change", "remove", "insert", "cut", "head", "repeat")):
            case "change":
                body[at] = chance.randrange(256)
            case "remove":
                del body[at : at + chance.choice((1, 4, 100))]
            case "insert":
                body[at:at] = chance.randbytes(chance.randint(1, 8))
            case "cut":
                del body[max(at, 1) :]
            case "head":  # an array, a map or a text of any length
                length = struct.pack(">I", chance.choice((0, 5, 2**16, 2**24, 2**32 - 1)))
                body[at : at + 1] = bytes((chance.choice((0xDB, 0xDD, 0xDF)),)) + length
            case "repeat":
                part = body[at : at + chance.choice((1, 3, 9, 200))]
                body[at:at] = part * chance.choice((2, 1_000, 4_000_000 // len(part)))
    return body


def _places(answer: Any) -> dict[str, list[tuple[Any, Any]]]:
    """(container, key) of each value, by its field, at most some hundreds of each list."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    walk = [answer]
    while walk:
        one = walk.pop()
        if isinstance(one, dict):
            inside = list(one.values())
            for key in one:
                found.setdefault(key, []).append((one, key))
        elif inside := one[:300]:
            found.setdefault("part", []).extend((one, at) for at in range(len(inside)))
        walk += [value for value in inside if isinstance(value, dict | list)]
    return found


def _change(answer: Any, chance: random.Random) -> None:
    """Change one value. The kind of place is drawn first: most places are numbers in tensors."""
    kinds = _places(answer)
    places = kinds[chance.choice(sorted(kinds))]
    inside, key = chance.choice(places)
    old = inside[key]
    new: Any
    way = chance.random()
    if way < 0.15:  # what another of the kind has
        other, there = chance.choice(places)
        new = copy.deepcopy(other[there])
    elif way < 0.18:
        new = chance.choice(OTHERS)
    elif way < 0.2 and isinstance(inside, dict):
        del inside[key]
        return
    elif isinstance(old, bool):
        new = not old
    elif isinstance(old, int):
        new = chance.choice((old + 1, old - 1, -old, chance.choice(NUMBERS), chance.randrange(40)))
    elif isinstance(old, float):
        new = chance.choice(FLOATS)
    elif isinstance(old, str):
        new = chance.choice((old + "x", old[:-1], *TEXTS))
    elif isinstance(old, list):
        new = _list(old, chance)
    else:
        new = chance.choice(OTHERS)
    inside[key] = new


def _list(old: list[Any], chance: random.Random) -> list[Any]:
    if not old:
        return [chance.choice(OTHERS)] * chance.choice((1, 2, 1_000))
    at = chance.randrange(len(old))
    match chance.choice(("drop", "double", "many", "turn", "swap", "grow", "empty")):
        case "drop":
            return old[:at] + old[at + 1 :]
        case "double":
            return [*old[: at + 1], *old[at:]]
        case "many":
            return [*old[:at], *[old[at]] * chance.choice(MANY), *old[at:]]
        case "turn":
            return old[::-1]
        case "swap":
            other = chance.randrange(len(old))
            new = list(old)
            new[at], new[other] = new[other], new[at]
            return new
        case "grow":  # a consistent one: numbered on
            new = []
            for place in range(len(old) * chance.choice((2, 50))):
                one = copy.copy(old[place % len(old)])
                if isinstance(one, dict) and "id" in one:
                    one["id"] = place
                new.append(one)
            return new
    return []
