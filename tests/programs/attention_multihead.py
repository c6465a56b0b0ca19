import torch
from torch import nn

torch.manual_seed(2)
mha = nn.MultiheadAttention(embed_dim=4, num_heads=2, batch_first=True)
x = torch.randn(1, 3, 4, requires_grad=True)
out, weights = mha(x, x, x)
(out.sum() + weights.max()).backward()
print(weights.shape, mha.in_proj_weight.grad.norm())
x.grad
