import torch
from torch import nn
class Func(nn.Module):
    def __init__(self): super().__init__(); self.net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2)); self.nfe = 0
    def forward(self, t, y): self.nfe += 1; return self.net(y**3)
class OdeintAdjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, func, y0, t, *params):
        ctx.func = func
        with torch.no_grad():
            ys = [y0]
            for a, b in zip(t[:-1], t[1:]): ys.append(ys[-1] + (b - a) * func(a, ys[-1]))
            ys = torch.stack(ys)
        ctx.save_for_backward(t, ys, *params)
        return ys
    @staticmethod
    def backward(ctx, g):
        t, ys, *params = ctx.saved_tensors
        adj, gp = g[-1], [torch.zeros_like(p) for p in params]
        for i in range(len(t) - 2, -1, -1):
            with torch.enable_grad():
                y = ys[i].detach().requires_grad_(True)
                f = ctx.func(t[i], y)
                vjp = torch.autograd.grad(f, (y, *params), adj, allow_unused=True)
            dt = t[i + 1] - t[i]
            adj = adj + dt * vjp[0] + g[i]
            gp = [a + dt * (0 if b is None else b) for a, b in zip(gp, vjp[1:])]
        return None, adj, None, *gp
torch.manual_seed(0)
func = Func(); y0 = torch.tensor([[2.0, 0.0]], requires_grad=True); t = torch.linspace(0, 0.3, 4)
ys = OdeintAdjoint.apply(func, y0, t, *func.parameters())
loss = ys.abs().mean(); loss.backward()
print(func.nfe, y0.grad)
g1 = [p.grad.clone() for p in func.parameters()]
func.zero_grad(); y = y0; out = [y]
for a, b in zip(t[:-1], t[1:]): y = y + (b - a) * func(a, y); out.append(y)
torch.stack(out).abs().mean().backward()
print(all(torch.allclose(a, p.grad, atol=1e-6) for a, p in zip(g1, func.parameters())))
class DEQ(nn.Module):
    def __init__(self): super().__init__(); self.l = nn.Linear(3, 3); nn.init.orthogonal_(self.l.weight, 0.3)
    def forward(self, x):
        with torch.no_grad():
            z = torch.zeros_like(x)
            for _ in range(10): z = torch.tanh(self.l(z) + x)
        z = torch.tanh(self.l(z) + x)
        z0 = z.clone().detach().requires_grad_(); f0 = torch.tanh(self.l(z0) + x)
        def bw(g):
            u = g
            for _ in range(5): u = torch.autograd.grad(f0, z0, u, retain_graph=True)[0] + g
            return u
        if z.requires_grad: z.register_hook(bw)
        return z
deq = DEQ(); x = torch.randn(2, 3, requires_grad=True); deq(x).sum().backward(); print(x.grad)
