import torch

x = torch.tensor(1.0, requires_grad=True)
h = x.exp()
first, second = h * 2, h.sin()
first.backward()
second.backward()
