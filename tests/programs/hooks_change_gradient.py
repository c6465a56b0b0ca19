import torch

v = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
h = v.register_hook(lambda grad: grad * 2)
v.backward(torch.tensor([1.0, 2.0, 3.0]))
print(v.grad)
h.remove()
mid = v + 1
mid.register_hook(lambda g: g.clamp(max=0.5))
(mid * torch.tensor([0.1, 1.0, 10.0])).sum().backward()
v.grad
