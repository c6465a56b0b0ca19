import torch
import unittest
import asyncio
import contextvars
from functools import lru_cache, singledispatch, cached_property, wraps
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, Generic, TypeVar

T = TypeVar('T')


class Pair(NamedTuple):
    a: torch.Tensor
    b: torch.Tensor


@dataclass
class State:
    w: torch.Tensor
    history: list = field(default_factory=list)

    @cached_property
    def squared(self):
        return self.w ** 2


def timer(f):
    @wraps(f)
    def inner(*args, **kw):
        out = f(*args, **kw)
        print(f.__name__, 'done')
        return out
    return inner


@singledispatch
def size(x): return 0


@size.register
def _(x: torch.Tensor): return x.numel()


@timer
def step(s: State) -> State:
    loss = s.squared.sum()
    loss.backward()
    s.history.append(loss.item())
    return replace(s, w=(s.w.detach() - 0.1 * s.w.grad).requires_grad_())


s = State(torch.tensor([1.0, 2.0], requires_grad=True))
for _ in range(3):
    s = step(s)
pair = Pair(*s.w.unbind())
(pair.a * pair.b).backward()


async def f(x):
    await asyncio.sleep(0) if False else None
    return x * 2


coro = f(s.w)
try:
    coro.send(None)
except StopIteration as stop:
    doubled = stop.value


class TestGrad(unittest.TestCase):
    def test_grad(self):
        x = torch.ones(1, requires_grad=True)
        (x * 3).backward()
        self.assertEqual(x.grad.item(), 3)


result = unittest.TestResult()
unittest.defaultTestLoader.loadTestsFromTestCase(TestGrad).run(result)
print(result.wasSuccessful(), size(s.w), size(3), s.history)
