import torch

x = torch.arange(6.0, requires_grad=True)
base = x * 1.0
view = base.view(2, 3)
row = view[1]
row.mul_(10)
print(base.grad_fn.name(), view.grad_fn.name(), row.grad_fn.name())
base.sum().backward()
x.grad
