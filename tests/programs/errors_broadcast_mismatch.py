import torch

a = torch.ones(3, requires_grad=True)
half = a * 0.5
bad = half + torch.ones(4)
