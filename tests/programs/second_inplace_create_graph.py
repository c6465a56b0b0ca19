import torch
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x ** 3).sum()
g, = torch.autograd.grad(y, x, create_graph=True)
h = g.clone()
h[0] = (g[1] * g[2])
h.mul_(x)
h.sum().backward()
gg = x.grad.clone()
x.grad = None
u = torch.tensor(2.0, requires_grad=True)
out = u ** 4
ders = [out]
for k in range(5):
    d, = torch.autograd.grad(ders[-1], u, create_graph=True, allow_unused=True, materialize_grads=True)
    ders.append(d)
    if not d.requires_grad:
        break
print([d.item() for d in ders])
v = torch.tensor([0.5, -0.5], requires_grad=True)
f = torch.sin(v).prod()
f.backward(create_graph=True)
gn = (v.grad ** 2).sum()
v.grad = None
gn.backward()
