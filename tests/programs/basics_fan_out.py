import torch

x = torch.tensor(3.0, requires_grad=True)
y = torch.tensor(2.0, requires_grad=True)
u = x * y
v = x + u
z = u * v + x
z.backward()
x.grad, y.grad
