import torch
a=torch.nn.Parameter(torch.ones(3))
b=torch.nn.Parameter(torch.zeros(3))
torch.utils.swap_tensors(a,b)
(a*2).sum().backward()
print(a,a.grad)
