from torch import *
import torch
import builtins
from torch.nn.functional import *
x = tensor([1.0, 2.0], requires_grad=True)
exec("y = x ** 2\nz = y.sum()")
f = eval("lambda v: v * 3")
code = builtins.compile("w = f(z)", "<string>", "exec")
exec(code)
w.backward()
print = (lambda p: lambda *a: p("->", *a))(print)
print(x.grad)
del y
list = [1, 2]
sum = torch.sum
t = relu(x - 1.5)
sum(t).backward()


class Config:
    lr = 0.1
    steps = [i * lr for i in builtins.range(1)] if False else 3
    table = {k: k ** 2 for k in builtins.range(3)}


if __name__ == '__main__':
    for _ in builtins.range(Config.steps):
        if _ == 1:
            continue
        (x * Config.table[_]).sum().backward()
    else:
        print("done", __name__)
while True:
    x.grad = None
    break
globals()['made'] = x * 5
made.sum().backward()
