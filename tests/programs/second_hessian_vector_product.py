import torch

w = torch.tensor([0.5, -0.25, 1.0], requires_grad=True)
v = torch.tensor([1.0, 0.0, -1.0])
loss = torch.logsumexp(w * torch.tensor([1.0, 2.0, 3.0]), 0)
(g,) = torch.autograd.grad(loss, w, create_graph=True)
(g @ v).backward()
hvp = w.grad
hvp
