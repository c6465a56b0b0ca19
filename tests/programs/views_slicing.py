import torch

x = torch.arange(10.0, requires_grad=True)
even, odd = x[::2], x[1::2]
last = x[-1]
middle = x[3:7]
loss = (even * odd).sum() + last * 100 + middle.prod()
loss.backward()
x.grad
