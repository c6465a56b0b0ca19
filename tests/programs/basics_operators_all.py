import torch
a = torch.tensor([1.5, -2.5], requires_grad=True)
b = torch.tensor([2.0, 3.0], requires_grad=True)
r = (2 + a, 2 - a, 2 * a, 2 / b, 2 ** a, -a, +a, abs(a), a % b, a @ b, b.__rpow__(2), a.__rsub__(1), pow(b, 3), a ** b.detach().int() if False else b ** a)
total = sum(t.sum() for t in r)
total.backward()
c = (a > 0) & (b > 2) | ~(a < 1) ^ (b == 3)
d = a.where(c, b)
(d * c + d.masked_select(c).sum()).sum().backward()
i = torch.tensor([1, 2]) << 2 >> 1
e = a[i % 2] + a[..., None][:, 0] + a[None][0] + a[-1:] + a[::1] + a[[0, 1]] + a[c] .sum() + a[torch.tensor(0)]
e.sum().backward()
n = a.sum().neg().add(1, alpha=2).sub(b.prod(), alpha=0.5).div(3).pow(2)
n.backward()
print(bool(n > 0), float(n), int(b[0]), complex(b[0]), a.tolist(), len(a), 1.5 in a, b.shape[0], a == b)
for k, t in enumerate(a):
    (t * k).backward(retain_graph=True)
