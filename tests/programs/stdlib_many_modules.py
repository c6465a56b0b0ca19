import abc, argparse, ast, base64, bisect, calendar, cmath, collections.abc, contextlib, csv, datetime, decimal, enum, fractions, functools, gc, glob, hashlib, heapq, inspect, io, itertools, json, logging, math, numbers, operator, pathlib, pickle, pprint, queue, re, shutil, statistics, string, struct, sys, tempfile, textwrap, threading, time, timeit, traceback, types, typing, unittest, uuid, warnings, weakref, zlib
from concurrent.futures import ThreadPoolExecutor
from abc import ABC, abstractmethod
import torch


class Layer(ABC):
    @abstractmethod
    def forward(self, x): ...


class Square(Layer):
    def forward(self, x): return x ** 2


x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = functools.reduce(operator.mul, [Square().forward(v) for v in x])
y.backward()
parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=0.1)
args = parser.parse_args([])
print(args.lr, statistics.mean(x.tolist()), fractions.Fraction(1, 3), decimal.Decimal('0.1') + 1)
pprint.pprint({'grad': x.grad.tolist(), 'y': y.item()})
buf = io.StringIO()
writer = csv.writer(buf)
writer.writerow(x.grad.tolist())
print(buf.getvalue().strip(), json.dumps({'a': x.tolist()}), hashlib.md5(b'a').hexdigest()[:6])
heap = [v.item() for v in x]
heapq.heapify(heap)
with contextlib.suppress(ZeroDivisionError):
    1 / 0
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    torch.tensor(x)
print(len(caught), caught[0].category.__name__)
state = pickle.loads(pickle.dumps(x.detach()))
blob = io.BytesIO()
torch.save({'x': x}, blob)
blob.seek(0)
back = torch.load(blob)['x']
(back * 2).sum().backward()
with contextlib.redirect_stdout(io.StringIO()) as out:
    print('hidden')
logging.getLogger('train').info('nothing shown')
print(inspect.signature(torch.nn.Linear).parameters['bias'].default, datetime.timedelta(seconds=90))
