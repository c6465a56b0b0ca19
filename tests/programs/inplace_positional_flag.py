import torch
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.randn(5, 8, requires_grad=True)
h = x * 2
before = h.clone()
g = F.relu(h, True)
k = h + 1
m = x.sin()
n = F.leaky_relu(m, 0.1, True)
d = x.abs()
e = F.dropout(d, 0.5, True, True)
f = F.threshold(x - 1, 0.1, 20.0, True)
loss = (k * before).sum() + n.sum() + e.sum() + f.sum()
loss.backward()
print(x.grad.sum())
