import torch
from torch import nn

torch.manual_seed(6)
drop = nn.Dropout(p=0.5)
x = torch.ones(8, requires_grad=True)
y = drop(x)
y.sum().backward()
print(y.tolist(), x.grad.tolist())
drop.eval()
print(drop(x) is x, torch.equal(drop(x), x))
