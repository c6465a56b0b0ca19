import torch

x = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
y = x.sqrt() + x.log() + 1 / x
print(y)
y.sum().backward()
print(x.grad)
masked = torch.where(x > 0, x.sqrt(), torch.zeros_like(x))
x.grad = None
masked.sum().backward()
x.grad
