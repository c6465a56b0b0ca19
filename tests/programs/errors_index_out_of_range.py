import torch
from torch import nn

emb = nn.Embedding(3, 2)
out = emb(torch.tensor([0, 3]))
