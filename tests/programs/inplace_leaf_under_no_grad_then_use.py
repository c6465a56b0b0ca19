import torch

w = torch.ones(3, requires_grad=True)
first = (w * torch.tensor([1.0, 2.0, 3.0])).sum()
with torch.no_grad():
    w[1] = 5.0
    w.clamp_(min=2.0)
second = (w**2).sum()
(first + second).backward()
w.grad, w
