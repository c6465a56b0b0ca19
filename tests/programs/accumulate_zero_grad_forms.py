import torch

p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
opt = torch.optim.SGD([p], lr=0.1)
p.sum().backward()
opt.zero_grad(set_to_none=False)
print(p.grad)
p.sum().backward()
opt.zero_grad()
print(p.grad)
p.prod().backward()
p.grad
