"""Tensors whose gradient is of zeros, of nan or infinite."""

CASES = """
zero_hook x 2
x = torch.tensor(0.3, requires_grad=True)
x.register_hook(lambda g: g * 0)
(x * 2).backward()
---
zero_cancelled x 2
x = torch.tensor([0., 1.], requires_grad=True)
p = torch.softmax(x, 0)
p.sum().backward()
---
zero_shares x 2
x = torch.tensor([0., 200.], requires_grad=True)
p = torch.softmax(x, 0)
p[0].backward()
---
nan_where x 2
x = torch.tensor(0., requires_grad=True)
y = torch.where(x > 0, x / x, torch.tensor(1.))
y.backward()
---
zero_relu a 2
a = torch.tensor([-2., -3.], requires_grad=True)
b = torch.relu(a)
b.sum().backward()
---
zero_relu a 3
a = torch.tensor([2., 3.], requires_grad=True)
z = -a
torch.nn.functional.relu(z).sum().backward()
---
zero_clamp a 2
a = torch.tensor([7., 8.], requires_grad=True)
b = a.clamp(0, 1)
b.sum().backward()
---
zero_saturated a 2
a = torch.tensor([60., -200.], requires_grad=True)
b = torch.sigmoid(a)
b.sum().backward()
---
zero_saturated a 2
a = torch.tensor(30., requires_grad=True)
b = torch.tanh(a)
b.backward()
---
zero_flat a 2
a = torch.tensor([1.4, 2.6], requires_grad=True)
b = a.round()
b.sum().backward()
---
zero_flat a 2
a = torch.tensor([1.4, 2.6], requires_grad=True)
b = torch.sign(a)
b.sum().backward()
---
zero_not_chosen b 3
a = torch.tensor(9., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
c = torch.maximum(a, b)
c.backward()
---
zero_masked a 2
a = torch.tensor([1., 2.], requires_grad=True)
b = torch.where(torch.tensor([False, False]), a, 0.)
b.sum().backward()
---
zero_factor a 3
a = torch.tensor(2., requires_grad=True)
z = torch.tensor(0.)
(a * z).backward()
---
zero_upstream a 3
a = torch.tensor([1., 2.], requires_grad=True)
b = a * 3
b.backward(torch.zeros(2))
---
nan_where a 2
a = torch.tensor([0., 4.], requires_grad=True)
b = torch.where(a > 0, a.sqrt(), torch.zeros(2))
b.sum().backward()
---
nan_forward a 2
a = torch.tensor([-1., 4.], requires_grad=True)
b = a.log()
(b * b).sum().backward()
---
infinite a 2
a = torch.tensor([0., 4.], requires_grad=True)
b = a.sqrt()
b.sum().backward()
---
nan_local a 3
a = torch.tensor([0., 4.], requires_grad=True)
z = torch.tensor([0., 1.])
(a.sqrt() * z).sum().backward()
---
zero_sum x 2
x = torch.tensor([1., 2.], requires_grad=True)
y = x - x
y.sum().backward()
---
zero_sum w 3
w = torch.tensor(3., requires_grad=True)
u = w * 2
y = u * 5 - u * 5
y.backward()
---
zero_added x 3
x = torch.tensor(2., requires_grad=True)
(x * 3).backward()
(x * -3).backward()
---
zeroed x 5
x = torch.tensor([1.,2.],requires_grad=True)
opt = torch.optim.SGD([x], lr=.1)
(x*x).sum().backward()
opt.step()
opt.zero_grad(set_to_none=False)
---
zeroed x 3
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
x.grad.data.zero_()
---
zeroed x 3
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
x.grad.mul_(0)
---
zeroed x 3
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
x.grad = torch.zeros(2)
---
zeroed x 3
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
x.grad[:] = 0
---
written x 4
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
g = x.grad
g.fill_(float('nan'))
---
cleared w 5
net = torch.nn.Linear(2,1)
opt = torch.optim.SGD(net.parameters(), lr=.1)
for i in range(2):
    net(torch.ones(3,2)).sum().backward()
    opt.zero_grad()
    opt.step()
w = net.weight
---
changed x 1
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
x.grad.numpy()[:] = 0
---
changed x 1
x = torch.tensor([1.,2.],requires_grad=True)
(x*x).sum().backward()
torch.zeros(2, out=x.grad)
---
zeroed_only x 2
x = torch.tensor([1.,2.],requires_grad=True)
x.grad = torch.zeros(2)
---
nan_forward x 2
x = torch.tensor([-1.,2.],requires_grad=True)
L = (torch.log(x)*x).sum()
L.backward()
---
inf_forward x 2
x = torch.tensor([100.,2.],requires_grad=True)
y = torch.exp(x)
L = (y - y).sum()
L.backward()
---
inf_forward_many w 3
w = torch.tensor(1., requires_grad=True)
for i in range(12):
    L = (w*w*w*w)
    L.backward()
    with torch.no_grad():
        w -= 10*w.grad
    w.grad = None
L = w*w
L.backward()
---
nan_where x 2
x = torch.tensor([0., 3.], requires_grad=True)
y = x.sqrt()
L = y.masked_fill(x == 0, 0.).sum()
L.backward()
---
infinite x 2
x = torch.tensor([0., 0.], requires_grad=True)
L = (x*x).sum().sqrt()
L.backward()
---
infinite x 2
x = torch.tensor(1., requires_grad=True)
L = torch.acos(x)
L.backward()
---
nan_slope x 3
x = torch.tensor(0., requires_grad=True)
y = torch.tensor(0., requires_grad=True)
torch.hypot(x,y).backward()
---
nan_upstream x 3
x = torch.tensor([1.,2.], requires_grad=True)
y = x*3
y.backward(torch.tensor([float('nan'), 1.]))
---
nan_hook x 3
x = torch.tensor([1.,2.], requires_grad=True)
y = x*3
y.register_hook(lambda g: g*float('inf'))
y.sum().backward()
---
nan_forward x 2
x = torch.tensor([2.], requires_grad=True)
L = x.std()
L.backward()
---
nan_given x 1
x = torch.tensor([1., float('nan')], requires_grad=True)
L = (x*x).sum()
L.backward()
---
nan_forward_many x 3
bn = torch.nn.LayerNorm(2, eps=0.)
x = torch.ones(1,2, requires_grad=True)
bn(x).sum().backward()
---
nan_local x 2
x = torch.tensor(0., requires_grad=True)
L = torch.norm(x.reshape(1))*0 + x**0.5*0
L.backward()
---
zero_relu x 2
x = torch.tensor([-1.,0.,2.],requires_grad=True)
y = torch.nn.ReLU(inplace=True)(x*1)
y[:2].sum().backward()
---
zero_local x 2
x = torch.tensor([-1.,2.],requires_grad=True)
y = torch.nn.functional.leaky_relu(x, 0.)
y[0].backward()
---
zero_saturated x 2
x = torch.tensor([-5.,2.],requires_grad=True)
y = torch.nn.functional.elu(x*10)
y[0].backward()
---
zero_shrunk x 3
x = torch.tensor(0.1,requires_grad=True)
h = x
for i in range(25): h = torch.sigmoid(h)
h.backward()
---
zero_clamp x 2
x = torch.tensor([1., 1.],requires_grad=True)
y = torch.nn.functional.relu6(x*9)
y.sum().backward()
---
zero_gap w 2
emb = torch.nn.Embedding(3,2,padding_idx=0)
L = emb(torch.tensor([0,0])).sum()
L.backward()
w = emb.weight
---
zero_local x 2
x = torch.tensor([1.,2.],requires_grad=True)
d = torch.nn.functional.dropout(x, 1.0)
d.sum().backward()
---
zero_local x 3
x = torch.tensor([1.,2.],requires_grad=True)
y = x*2
y[:] = 5.
y.sum().backward()
---
zero_local x 2
x = torch.tensor(0.,requires_grad=True)
x.abs().backward()
---
zero_cancelled x 2
x = torch.tensor([3.],requires_grad=True)
torch.softmax(x,0).sum().backward()
---
zero_measured x 2
x = torch.tensor([1., 2.],requires_grad=True)
(x[[0,0]]*torch.tensor([1.,-1.])).sum().backward()
---
zero_local x 2
x = torch.tensor([5., 2.],requires_grad=True)
torch.div(x, 2, rounding_mode='floor').sum().backward()
---
zero_factor x 3
x = torch.tensor([[5., 2.]],requires_grad=True)
w = torch.zeros(2,1, requires_grad=True)
(x @ w).sum().backward()
---
zero_measured w 5
l = torch.nn.Linear(2,2)
m = torch.nn.Linear(2,1)
torch.nn.init.zeros_(m.weight)
x = torch.ones(1,2)
m(torch.tanh(l(x))).sum().backward()
w = l.weight
---
zero_gap x 4
m = torch.nn.Linear(2,1)
m.register_full_backward_hook(lambda mod, gi, go: (torch.zeros_like(gi[0]),))
x = torch.ones(1,2,requires_grad=True)
m(x).sum().backward()
---
zero_gap x 7
class Z(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x*2
    @staticmethod
    def backward(ctx, g): return g*0
x = torch.ones(2,requires_grad=True)
Z.apply(x).sum().backward()
---
zero_factor x 3
x = torch.tensor(2., requires_grad=True)
w = torch.tensor(3., requires_grad=True)
(x*0).backward()
(w*2).backward()
---
zero_measured x 2
x = torch.tensor(2.+1j, requires_grad=True)
y = (x*0).abs()
y.backward()
"""
