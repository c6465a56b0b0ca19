from __future__ import annotations
import abc
import contextlib
import functools
import operator
import typing as t
import weakref
from dataclasses import dataclass, field
from enum import Enum, auto
import torch
from torch import Tensor, nn

class Registry(type):
    known: dict[str, type] = {}
    def __new__(mcs, name, bases, ns, **kw):
        cls = super().__new__(mcs, name, bases, ns)
        if bases:
            mcs.known[name.lower()] = cls
        return cls

class Act(metaclass=Registry):
    def __call__(self, x): raise NotImplementedError
class Swishy(Act):
    def __call__(self, x): return x * torch.sigmoid(x)
class Mishy(Act):
    def __call__(self, x): return x * nn.functional.softplus(x).tanh()

class Mode(Enum):
    TRAIN = auto()
    EVAL = auto()

@dataclass(slots=True)
class State:
    x: Tensor
    w: Tensor = field(default_factory=lambda: torch.ones(2, requires_grad=True))
    mode: Mode = Mode.TRAIN
    def __post_init__(self): self.x = self.x * 1.0

class Layer(abc.ABC):
    __slots__ = ("w", "__weakref__")
    def __init__(self, w): self.w = w
    @property
    def weight(self): return self.w
    @weight.setter
    def weight(self, v): self.w = v
    @abc.abstractmethod
    def __rshift__(self, other): ...
class Mul(Layer):
    def __rshift__(self, other): return other * self.w

@functools.singledispatch
def loss(x): raise TypeError
@loss.register
def _(x: Tensor): return x.sum()
@loss.register(list)
def _(x): return functools.reduce(operator.add, map(loss, x))

@contextlib.contextmanager
def scaled(t_, k):
    yield t_ * k
    print("left")

state = State(torch.tensor([1.0, -2.0]))
layer = Mul(state.w)
cache = weakref.WeakValueDictionary(layer=layer)
acts = {name: cls() for name, cls in Registry.known.items()}
outs = []
for name, act in acts.items():
    with scaled(layer >> state.x, 2) as h:
        outs.append(act(h))
total = loss(outs)
total.backward()
match state.mode:
    case Mode.TRAIN if total.item() < 100: print("train", sorted(acts))
    case _: print("else")
print(state.w.grad, isinstance(total, t.Any if False else Tensor))
layer.weight = layer.weight.detach() - 0.1 * layer.weight.grad
*first, last = outs
(a, b), c = outs[0], outs[1]
d = a @ c if a.dim() else a * b
print([f"{o.item():+.2e}" for o in outs[0]], d.shape if False else None, f"{total:8.3f}|{total!s:>10}")
lst = [i for i in range(3) if (sq := i**2) > 1]
x: Tensor = torch.zeros(1, requires_grad=True)
(x + sq).sum().backward()
try:
    with torch.no_grad(), contextlib.suppress(ZeroDivisionError):
        1 / 0
finally:
    print("finally", torch.is_grad_enabled())
global_counter = 0
def outer():
    n = 0
    def inner():
        nonlocal n
        global global_counter
        n += 1
        global_counter += 1
        return x * n
    return inner
f = outer(); f(); y = f()
del a, b
