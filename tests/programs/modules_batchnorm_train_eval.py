import torch
from torch import nn

torch.manual_seed(5)
bn = nn.BatchNorm1d(2)
x = torch.tensor([[1.0, 10.0], [3.0, 30.0], [5.0, 80.0]], requires_grad=True)
(bn(x) ** 2 * torch.tensor([[1.0], [2.0], [3.0]])).sum().backward()
print(bn.running_mean, bn.num_batches_tracked, x.grad)
bn.eval()
x.grad = None
bn(x).sum().backward()
x.grad
