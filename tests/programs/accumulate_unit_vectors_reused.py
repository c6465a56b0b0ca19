import torch
def f(x):
    return torch.stack([x[0] * x[1], x[1] ** 2, x.sum()])
x = torch.tensor([2.0, 3.0], requires_grad=True)
y = f(x)
v = torch.zeros(3)
rows = []
for i in range(3):
    v.zero_()
    v[i] = 1.0
    (row,) = torch.autograd.grad(y, x, grad_outputs=v, retain_graph=True)
    rows.append(row)
J = torch.stack(rows)
print(J)
v.fill_(7.0)
y.backward(v)
v.mul_(0)
print(x.grad)
big = torch.randn(40, requires_grad=True)
u = torch.ones(40)
out = big.exp()
out.backward(u, retain_graph=True)
u *= 5
out.backward(u)
u.neg_()
print(big.grad[:3])
