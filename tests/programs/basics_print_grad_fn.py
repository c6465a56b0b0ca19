import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
print(x.grad_fn, y.grad_fn is not None, type(z.grad_fn).__name__, out.grad_fn.name())
print(out.grad_fn.next_functions[0][0].name())
out.backward()
print(x.grad)
print(f"{x.is_leaf=} {y.is_leaf=} {y.requires_grad=}")
