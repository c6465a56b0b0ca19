import torch

a = torch.tensor([2.0, 3.0], requires_grad=True)
b = a * 2
c = b.detach()
d = (b * c).sum()
d.backward()
print(a.grad, c.requires_grad, c.data_ptr() == b.data_ptr())
e = torch.tensor(1.0, requires_grad=True)
f = (e * 3).detach_()
f
