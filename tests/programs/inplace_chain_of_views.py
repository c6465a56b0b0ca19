import torch
a = torch.arange(12., requires_grad=True)
b = a.clone().view(3, 4)
row = b[1]
col = b[:, 2]
row.mul_(2)
col += row[2]
b.t()[0].fill_(1.0)
c = b.flatten()
c[::3] *= -1
first, *rest = b.unbind(0) if False else torch.split(b, 1)
s = (row * 3).sum() + col.prod() + c.sum()
s.backward()
print(row.grad_fn.name(), col.grad_fn.name(), b.grad_fn.name(), b._version, row._version)
d = torch.zeros(3)
v = d[1:]
w = torch.ones(2, requires_grad=True)
v.copy_(w * 2)
d[0] = w[0]
(d ** 2).sum().backward()
e = torch.zeros(2, 2)
for i in range(2):
    for j in range(2):
        e[i, j] = w[i] * w[j] + i
e.sum().backward()
f = torch.empty(2)
f[:] = w
f.data.add_(1)
(f * f).sum().backward()
