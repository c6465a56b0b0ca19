import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
out = torch.empty(2)
out.copy_(x * 4)
out.add_(x, alpha=2)
print(out)
out.sum().backward()
x.grad
