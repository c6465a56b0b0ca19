import torch

used = torch.tensor(1.0, requires_grad=True)
unused = torch.tensor(2.0, requires_grad=True)
dead = unused.exp()
live = used.log1p()
live.backward()
print(used.grad, unused.grad)
