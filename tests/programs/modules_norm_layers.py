import torch
from torch import nn

torch.manual_seed(7)
x = torch.randn(2, 4, 3, requires_grad=True)
layer_norm = nn.LayerNorm(3)
group_norm = nn.GroupNorm(2, 4)
instance_norm = nn.InstanceNorm1d(4, affine=True)
rms = nn.RMSNorm(3)
out = rms(instance_norm(group_norm(layer_norm(x))))
out.pow(3).sum().backward()
x.grad
layer_norm.weight.grad
