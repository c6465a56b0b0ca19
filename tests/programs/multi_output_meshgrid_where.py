import torch

u = torch.tensor([1.0, 2.0], requires_grad=True)
v = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
gu, gv = torch.meshgrid(u, v, indexing="ij")
inside = torch.where(gu * gv > 5, gu / gv, gv - gu)
a, b = torch.broadcast_tensors(u[:, None], v)
(inside.sum() + (a * b).mean()).backward()
u.grad, v.grad
