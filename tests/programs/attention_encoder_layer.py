import torch
from torch import nn

torch.manual_seed(3)
layer = nn.TransformerEncoderLayer(d_model=4, nhead=2, dim_feedforward=8, dropout=0.0, batch_first=True)
src = torch.randn(2, 3, 4)
pad = torch.tensor([[False, False, True], [False, False, False]])
out = layer(src, src_key_padding_mask=pad)
out[~pad].pow(2).mean().backward()
layer.linear1.weight.grad
