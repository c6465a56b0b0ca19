import torch
class FixedPoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, W, x):
        z = torch.zeros_like(x)
        for _ in range(50):
            z = torch.tanh(W @ z + x)
        ctx.save_for_backward(W, x, z)
        return z
    @staticmethod
    def backward(ctx, g):
        W, x, z = ctx.saved_tensors
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            Wd, xd = W.detach().requires_grad_(), x.detach().requires_grad_()
            f = torch.tanh(Wd @ z + xd)
        u = g.clone()
        for _ in range(50):
            u = g + torch.autograd.grad(f, z, u, retain_graph=True)[0]
        return torch.autograd.grad(f, (Wd, xd), u)
torch.manual_seed(0)
W = (0.3 * torch.randn(3, 3)).requires_grad_()
x = torch.randn(3, requires_grad=True)
z = FixedPoint.apply(W, x)
loss = z.pow(2).sum()
loss.backward()
print(W.grad, x.grad, sep='\n')
