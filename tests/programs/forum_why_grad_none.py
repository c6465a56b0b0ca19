import torch
x = torch.ones(2, requires_grad=True)
x = x * 0.5
y = (x ** 2).sum()
y.backward()
print(x.grad, x.is_leaf)
w = torch.rand(3, requires_grad=True, generator=torch.Generator().manual_seed(0)).double()
w.sum().backward()
print(w.is_leaf)
t = torch.tensor(torch.ones(2, requires_grad=True))
t2 = torch.tensor([a for a in torch.ones(2, requires_grad=True)])
print(t.requires_grad, t2.requires_grad)
v = torch.ones(2, requires_grad=True)
loss = (v.detach() * 2).sum() + (v.data * 3).sum() + v.clone().sum() * 0
loss.backward()
print(v.grad)
p = torch.nn.Parameter(torch.tensor([1.0]))
for _ in range(3):
    out = p * 2
    out.backward()
    p = torch.nn.Parameter(p - 0.1 * p.grad)
q = torch.zeros(1, requires_grad=True)
q = q + 1
q.retain_grad()
(q * 2).backward()
print(q.grad, p.grad)
r = torch.ones(1, requires_grad=True)
with torch.no_grad():
    s = r * 2
s.requires_grad_()
(s * r).backward()
print(r.grad, s.grad)
u = torch.ones(3, requires_grad=True)
m = u > 0
(u * m).sum().backward()
u.grad.data.zero_()
torch.sign(u).sum().backward()
torch.round(u).sum().backward()
print(u.grad)
