import torch

x = torch.tensor(3.0, requires_grad=True)
y = x**2 + 2 * x + 1
print("y =", y.item())
y.backward()
print("dy/dx =", x.grad)
x.grad
