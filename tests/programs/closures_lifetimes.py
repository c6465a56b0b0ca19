import gc
import sys
import weakref

import torch


class Noisy:
    def __init__(self, name, t):
        self.name, self.t = name, t

    def __del__(self):
        print("gone:", self.name)


x = torch.ones(3, requires_grad=True)
a = Noisy("a", x * 2)
b = Noisy("b", a.t + 1)
ref = weakref.ref(a)
del a
print("a alive?", ref() is not None)
loss = b.t.sum()
loss.backward()
t = torch.ones(2)
finalizer = weakref.finalize(t, print, "t is freed")
del t
print("after t")
mid = (x * 3).exp()
r = weakref.ref(mid)
y = mid.sum()
del mid
print("mid kept by the graph:", r() is not None)
y.backward()
_ = gc.collect()
print("after backward:", r() is not None)


def f():
    z = Noisy("z", x.sin())
    return z.t.sum()


s = f()
print("f is over")
s.backward()
print(sys.getrefcount(x) > 1)
b = None
print("end")
