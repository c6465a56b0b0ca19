import functools

import torch


def traced(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        print("->", f.__name__)
        return f(*args, **kwargs)
    return inner


@traced
def affine(x, *, w, b=0.0):
    return x * w + b


w = torch.tensor(2.0, requires_grad=True)
compose = functools.reduce(lambda f, g: lambda v: g(f(v)), [functools.partial(affine, w=w), torch.relu])
out = compose(torch.tensor(3.0)) + affine(1.0, w=w, b=w)
out.backward()
w.grad
