import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x * 3
h.retain_grad()
k = h.exp()
k.retain_grad()
k.sum().backward()
print(h.grad, k.grad, x.grad, h.retains_grad)
