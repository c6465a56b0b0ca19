import torch

x = torch.tensor(4.0, requires_grad=True)
y = 1 / x - 3 + (2 - x) * 5 ** 0.5 + 2**x
y.backward()
print(round(float(x.grad), 5))
negative = -x
floor = x // 3
rest = x % 3
rest.backward()
x.grad
