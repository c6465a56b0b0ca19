import math

import torch

torch.manual_seed(0)
T, C = 4, 3
x = torch.randn(T, C, requires_grad=True)
Wq, Wk, Wv = (torch.randn(C, C, requires_grad=True) for _ in range(3))
q, k, v = x @ Wq, x @ Wk, x @ Wv
scores = q @ k.transpose(-2, -1) / math.sqrt(C)
mask = torch.tril(torch.ones(T, T))
scores = scores.masked_fill(mask == 0, float("-inf"))
att = torch.softmax(scores, dim=-1)
out = att @ v
out.sum().backward()
print(att)
x.grad
