import asyncio, contextlib, functools, logging, sys, warnings, typing as T
from dataclasses import dataclass, field
from enum import Enum, auto
import torch
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format='%(levelname)s %(message)s')
log = logging.getLogger('train')
K = T.TypeVar('K')
class Act(Enum):
    RELU = auto(); TANH = auto()
class Box(T.Generic[K]):
    def __init__(self, v: K) -> None: self.v = v
@dataclass
class Cfg:
    lr: float = .1
    acts: list[Act] = field(default_factory=lambda: [Act.RELU, Act.TANH])
def timed(fn):
    @functools.wraps(fn)
    def wrapper(*a, **k):
        log.info('enter %s', fn.__name__)
        try:
            return fn(*a, **k)
        finally:
            log.info('leave %s', fn.__name__)
    return wrapper
@timed
def act(kind: Act, x: torch.Tensor, /, *, gain: float = 1.0) -> torch.Tensor:
    match kind:
        case Act.RELU: return gain * x.relu()
        case Act.TANH if gain > 0: return gain * x.tanh()
        case _: raise ValueError(kind)
async def job(x, n):
    await asyncio.sleep(0)
    return (x * n).sum()
calls = 0
def outer():
    total = 0
    def inner(v):
        nonlocal total
        global calls
        calls += 1
        total = total + v
        return total
    return inner
x = torch.tensor([-1., .5], requires_grad=True)
cfg = Cfg()
h = x
for a in cfg.acts: h = act(a, h + 1, gain=2.)
acc = outer(); [acc(v) for v in h]
first, *rest = h.unbind()
if (n := h.sum()) > 0: print(f'{n=} {n.item()=:.3f} {len(rest)=}')
exec('z = h * 2\nq = z.sum()')
r = eval('q + 1', globals())
box: Box[torch.Tensor] = Box(r * 2)
with warnings.catch_warnings(record=True) as ws, contextlib.suppress(ZeroDivisionError):
    warnings.simplefilter('always'); warnings.warn('careful'); 1 / 0
print(len(ws), calls)
square = lambda t: t ** 2
try:
    s = square(box.v)
except ValueError as e:
    pass
else:
    s = s + 1
finally:
    s.backward()
del first
x.grad, r
