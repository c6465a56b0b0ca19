"""Tensors that have no gradient."""

CASES = """
off a 1
a = torch.tensor([1., 2.])
w = torch.tensor([3., 4.], requires_grad=True)
(a * w).sum().backward()
---
off a 2
a = torch.tensor([1., 2.], requires_grad=True)
a.requires_grad_(False)
w = torch.tensor([3., 4.], requires_grad=True)
(a * w).sum().backward()
---
off c 3
a = torch.tensor([1., 2.])
b = torch.tensor([3., 4.])
c = a * b
---
too_early y 2
x = torch.tensor(2.)
y = x * 3
x.requires_grad_()
y.backward()
---
too_early z 3
x = torch.tensor(2.)
y = x * 3
z = y + 1
x.requires_grad = True
(x * z).backward()
---
integer i 1
i = torch.tensor([1, 2])
w = torch.tensor([3., 4.], requires_grad=True)
(i * w).sum().backward()
---
integer m 2
w = torch.tensor([3., 4.], requires_grad=True)
m = torch.tensor([True, False])
w[m].sum().backward()
---
unused b 2
a = torch.tensor(2., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
(a * 5).backward()
---
elsewhere b 4
a = torch.tensor(2., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
c = a * 5
d = b * 7
c.backward()
---
unused d 3
a = torch.tensor(2., requires_grad=True)
c = a * 5
d = a * 7
d.retain_grad()
c.backward()
---
detached a 3
a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
b = (a * 5).detach()
(b * w).backward()
---
detached b 2
a = torch.tensor(2., requires_grad=True)
b = (a * 5).detach()
w = torch.tensor(3., requires_grad=True)
(b * w).backward()
---
detached a 3
a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
b = a.data
(b * w).backward()
---
no_grad a 4
a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
with torch.no_grad():
    b = a * 5
(b * w).backward()
---
no_grad b 3
a = torch.tensor(2., requires_grad=True)
with torch.no_grad():
    b = a * 5
---
no_grad b 4
a = torch.tensor(2., requires_grad=True)
@torch.no_grad()
def f(x):
    b = x * 5
    return b
b = f(a)
---
no_grad b 3
a = torch.tensor(2., requires_grad=True)
torch.set_grad_enabled(False)
b = a * 5
torch.set_grad_enabled(True)
---
no_grad b 3
a = torch.tensor(2., requires_grad=True)
with torch.inference_mode():
    b = a * 5
---
choice a 3
a = torch.tensor([2., 5.], requires_grad=True)
w = torch.tensor([3., 4.], requires_grad=True)
k = a.argmax()
(w[k] * k).backward()
---
choice k 2
a = torch.tensor([2., 5.], requires_grad=True)
k = a.argmax()
---
choice m 2
a = torch.tensor([2., 5.], requires_grad=True)
m = a > 3
---
choice a 3
a = torch.tensor([2., 5.], requires_grad=True)
w = torch.tensor([3., 4.], requires_grad=True)
m = (a > 3).float()
(m * w).sum().backward()
---
cast a 3
a = torch.tensor([2.5, 5.], requires_grad=True)
w = torch.tensor([3., 4.], requires_grad=True)
i = a.long()
(i * w).sum().backward()
---
cast i 2
a = torch.tensor([2.5, 5.], requires_grad=True)
i = a.int()
---
copied a 3
a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
b = torch.tensor(a)
(b * w).backward()
---
number a 4
a = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
b = a * 5
k = b.item()
(k * w).backward()
---
number a 3
a = torch.tensor([2., 3.], requires_grad=True)
w = torch.tensor(3., requires_grad=True)
k = float(a.sum())
(k * w).backward()
---
no_backward a 1
a = torch.tensor(2., requires_grad=True)
b = a * 5
---
nonleaf b 2
a = torch.tensor(2., requires_grad=True)
b = a * 5
c = b ** 2
c.backward()
---
nonleaf w 1
w = torch.randn(2, 2, requires_grad=True) * 0.1
(w ** 2).sum().backward()
---
nonleaf x 1
x = torch.ones(2, requires_grad=True).double()
x.sum().backward()
---
returned a 3
a = torch.tensor(2., requires_grad=True)
b = a * 5
g, = torch.autograd.grad(b, a)
---
not_asked b 4
a = torch.tensor(2., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
c = a * b
c.backward(inputs=[a])
---
cleared a 3
a = torch.tensor(2., requires_grad=True)
(a * 5).backward()
a.grad = None
---
cleared w 5
w = torch.nn.Parameter(torch.tensor([1., 2.]))
optimiser = torch.optim.SGD([w], lr=0.1)
(w * w).sum().backward()
optimiser.step()
optimiser.zero_grad()
---
not_scalar a 3
a = torch.tensor([2., 3.], requires_grad=True)
b = a * 5
b.backward()
---
no_graph a 3
a = torch.tensor([2., 3.], requires_grad=True)
b = a.detach().sum()
b.backward()
---
modified a 3
a = torch.tensor([2., 3.], requires_grad=True)
b = a.exp()
b += 1
b.sum().backward()
---
modified a 5
a = torch.tensor([2., 3.], requires_grad=True)
x = torch.zeros(2)
x += 1
b = a.sigmoid() + x
b = b.exp(); b[0] = 0.
(b * 2).sum().backward()
---
choice x 3
x = torch.tensor([1., 2.], requires_grad=True)
w = torch.tensor(1., requires_grad=True)
share = (x > 1.5).float().mean()
(w * share).backward()
---
unfollowed x 5
def f(t):
    return t.detach() * 2
x = torch.tensor([1., 2.], requires_grad=True)
w = torch.tensor(1., requires_grad=True)
(f(x) * w).sum().backward()
---
detached x 3
x = torch.tensor([1., 2.], requires_grad=True)
w = torch.tensor(1., requires_grad=True)
y = x.detach() * 2 + 1
(y * w).sum().backward()
---
detached x 3
x = torch.tensor([1., 2.], requires_grad=True)
w = torch.tensor(1., requires_grad=True)
y = x.detach() * 2 + 1
k = x.argmax()
(y * w).sum().backward()
---
detached y 3
x = torch.tensor([1., 2.], requires_grad=True)
w = torch.tensor(1., requires_grad=True)
y = x.detach() * 2 + 1
k = x.argmax()
(y * w).sum().backward()
---
copied z 3
x = torch.tensor(1., requires_grad=True)
w = torch.ones(1, requires_grad=True)
z = torch.tensor([x])
(z * w).sum().backward()
---
copied x 3
x = torch.tensor(1., requires_grad=True)
w = torch.ones(1, requires_grad=True)
z = torch.tensor([x])
(z * w).sum().backward()
---
off w 3
net = torch.nn.Linear(2, 1)
for p in net.parameters():
    p.requires_grad = False
w = net.weight
head = torch.nn.Linear(1, 1)
head(net(torch.ones(1, 2))).sum().backward()
---
gave_none b 9
class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a * b
    @staticmethod
    def backward(ctx, g):
        return g, None
a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
c = Half.apply(a, b)
c.sum().backward()
---
modified_leaf a 2
a = torch.tensor([2., 3.], requires_grad=True)
a += 1
a.sum().backward()
---
freed b 5
a = torch.tensor(2., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
c = (a * b) ** 2
c.backward(inputs=[a])
c.backward()
---
stopped a 2
a = torch.tensor([2., 3.], requires_grad=True)
b = a @ torch.ones(3)
b.backward()
---
gave_none w 8
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return None
w = torch.ones(2, requires_grad=True)
u = w * 3
y = F.apply(u)
y.sum().backward()
---
unrecorded x 6
x = torch.ones(2, requires_grad=True)
def f(t):
    with torch.no_grad():
        return g(t)
def g(t):
    return t * 2
w = torch.ones(2, requires_grad=True)
(f(x) * w).sum().backward()
---
elsewhere x 3
x = torch.ones(2, requires_grad=True)
print(x.sum().item())
u = x * 2
w = torch.ones(2, requires_grad=True)
w.sum().backward()
---
positions j 2
x = torch.ones(4, requires_grad=True)
m, j = x.max(0)
m.backward()
---
no_history y 2
x = torch.ones(2, requires_grad=True)
y = torch.zeros_like(x)
(x + y).sum().backward()
"""
