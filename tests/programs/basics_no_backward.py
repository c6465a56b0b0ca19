import torch

m = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
det = torch.linalg.det(m)
inv = torch.linalg.inv(m)
trace = inv.diagonal().sum()
det
trace
