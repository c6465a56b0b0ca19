import torch
import torch.nn as nn
torch.manual_seed(0)


class ODEF(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(2, 2)

    def forward(self, z):
        return torch.tanh(self.lin(z))

    def forward_with_grad(self, z, grad_outputs):
        out = self.forward(z)
        a = grad_outputs
        adfdz, *adfdp = torch.autograd.grad((out,), (z,) + tuple(self.parameters()), grad_outputs=(a), allow_unused=True, retain_graph=True)
        adfdp = torch.cat([p.flatten() for p in adfdp]).unsqueeze(0)
        return out, adfdz, adfdp


class ODEAdjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z0, flat_parameters, func, steps):
        with torch.no_grad():
            z = z0
            for _ in range(steps):
                z = z + 0.1 * func(z)
        ctx.func, ctx.steps = func, steps
        ctx.save_for_backward(z, flat_parameters)
        return z

    @staticmethod
    def backward(ctx, dLdz):
        func = ctx.func
        z, flat = ctx.saved_tensors
        a = dLdz.clone()
        gp = torch.zeros(1, flat.numel())
        for _ in range(ctx.steps):
            with torch.set_grad_enabled(True):
                z = z.detach().requires_grad_(True)
                f, adz, adp = func.forward_with_grad(z, a)
            z = z.detach() - 0.1 * f.detach()
            a = a + 0.1 * adz
            gp = gp + 0.1 * adp
        return a, gp.view(-1), None, None


func = ODEF()
z0 = torch.tensor([[1.0, -0.5]], requires_grad=True)
flat = torch.cat([p.flatten() for p in func.parameters()])
zT = ODEAdjoint.apply(z0, flat, func, 3)
loss = (zT ** 2).sum()
loss.backward()
print(z0.grad, [p.grad for p in func.parameters()])
