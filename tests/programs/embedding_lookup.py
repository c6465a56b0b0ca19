import torch
from torch import nn

torch.manual_seed(0)
emb = nn.Embedding(6, 3)
ids = torch.tensor([1, 4, 1])
out = emb(ids)
(out * torch.tensor([[1.0], [2.0], [3.0]])).sum().backward()
emb.weight.grad
