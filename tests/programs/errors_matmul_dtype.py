import torch

w = torch.ones(2, 2, requires_grad=True)
x = torch.ones(2, 2, dtype=torch.float64)
y = w * 2
y @ x
