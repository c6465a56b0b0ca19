import torch
x = torch.ones(1, requires_grad=True)
y = torch.ones(1, requires_grad=True)
g, = torch.autograd.grad((x * 2).sum(), y, allow_unused=True)
print(g)
g + 1
