import torch
torch.manual_seed(0)
x = torch.randn(6, 6, requires_grad=True)
a = x * 1.0
b = a.clone()
b += x; b[1:3] *= 2; b[:, 0] = x[:, 1]; b[b > 1] = 0.5
c = b.view(-1); c[3:9].mul_(3)
d = a.detach(); d2 = x.data
e = (a + 0)
e.index_fill_(0, torch.tensor([2]), 1.); e.masked_fill_(e < -1, -1); e.clamp_(max=2); e.transpose_(0, 1)
f = torch.zeros(6, 6); f[0] = x[0]; f.diagonal().copy_(x[1]); f.addcmul_(x, x, value=.1); f.sigmoid_()
g = x.new_zeros(3, 6); g.copy_(x[:3]); g.mul_(2); g.t_()
u, v = (x * 2).chunk(2); u = u + 1
w = torch.stack([u, v]).squeeze_().unsqueeze_(0)
s = b.sum() + c[0] + e.pow(2).sum() + f.sum() + g.sum() + w.mean()
s.backward()
x.data.mul_(0.5); d.add_(100)
x2 = x.detach().requires_grad_(); x2.sum().backward()
with torch.no_grad():
    x[0] = 9.; x.clamp_(-2, 2); a.zero_()
x.grad.data.zero_()
h = (x * x).sum(); h.backward()
print(x.grad.sum(), a.sum(), d.sum())
