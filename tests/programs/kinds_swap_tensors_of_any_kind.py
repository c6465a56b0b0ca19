import torch
a = torch.tensor([1., 2.], requires_grad=True)
b = torch.tensor([10., 20.], requires_grad=True)
c = torch.tensor([1.]); d = torch.tensor([2.])
z = (c * a).sum()
z.backward()
del z
torch.utils.swap_tensors(c, d)
y = (c * a).sum(); y.backward()
print(a.grad, c, d)
u = a * 2
v = b * 3
torch.utils.swap_tensors(u, v)
u.sum().backward()
print(a.grad, b.grad, u, v)
e = torch.nn.Parameter(torch.ones(2))
f = torch.nn.Parameter(torch.zeros(3))
torch.utils.swap_tensors(e, f)
(e.exp().sum() * 2).backward()
print(e.grad, f.grad)
