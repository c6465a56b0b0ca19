import torch

a = torch.ones(2, 3, requires_grad=True)
b = torch.ones(2, 3)
c = a + b
d = a @ b
