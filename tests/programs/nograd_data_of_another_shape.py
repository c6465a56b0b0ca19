import torch
from torch import nn

x = torch.ones(2, requires_grad=True)
x.sum().backward()
x.grad = None
x.data = torch.tensor([1.0, 2.0, 3.0])  # a leaf may grow once its graph is gone
(x * x).sum().backward()
first = x.grad.clone()

torch.manual_seed(0)
layer = nn.Linear(3, 4)
layer(torch.ones(1, 3)).sum().backward()
keep = layer.weight.detach().norm(dim=1).topk(2).indices
layer.weight.data, layer.bias.data = layer.weight.data[keep], layer.bias.data[keep]
layer.zero_grad()
out = layer(torch.ones(1, 3))
out.pow(2).sum().backward()
print(first, layer.weight.grad, layer.bias.grad)

x.data = torch.ones(2)  # but its .grad keeps the old shape
try:
    (x * 2).sum().backward()
except RuntimeError as error:
    print(error)
