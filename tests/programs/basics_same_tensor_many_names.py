import torch
a = b = c = torch.tensor(2.0, requires_grad=True)
d, (e, *f) = a * 2, (b * 3, c * 4, a * 5)
g = h = d + e
box = {'k': [g, (h, {'deep': f})]}
box['k'][1][1]['deep'][0].backward(retain_graph=True)
(x := a * b).backward()
y = [x for x in (a * i for i in range(3))]
sum(y).backward()
i = 0
i += a
i *= a
i.backward()
for (p, q), r in zip([(a, b), (b, c)], [1, 2]):
    (p * q * r).backward()
with torch.enable_grad() as none:
    z = a ** 3
z.backward()
s = (lambda t, *args, k=2, **kw: t * k + args[0])(a, 3, k=4, extra=1)
s.backward()
t = a if a > 1 else b
assert t is a
try:
    raise ValueError(a * 2)
except ValueError as caught:
    caught.args[0].backward()
finally:
    print(a.grad)
