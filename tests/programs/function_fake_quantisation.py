import torch
import torch.nn as nn
from torch.ao.quantization import FakeQuantize, MovingAverageMinMaxObserver, default_qconfig

torch.manual_seed(0)
fq = FakeQuantize(observer=MovingAverageMinMaxObserver, quant_min=0, quant_max=255)
lin = nn.Linear(3, 2)
x = torch.randn(4, 3)
out = fq(lin(x))
out.pow(2).mean().backward()
print(fq.scale, fq.zero_point, lin.weight.grad)
s = torch.tensor([0.1], requires_grad=True)
z = torch.tensor([0.0], requires_grad=True)
w = torch.randn(5, requires_grad=True)
q = torch._fake_quantize_learnable_per_tensor_affine(w, s, z, -8, 7, 1.0)
q.square().sum().backward()
print(s.grad, w.grad)


class LSQ(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha, bits):
        qmax = 2 ** (bits - 1) - 1
        y = torch.clamp(x, -alpha.item(), alpha.item())
        ctx.save_for_backward(x, alpha)
        return torch.round(y * qmax / alpha) * alpha / qmax

    @staticmethod
    def backward(ctx, g):
        x, alpha = ctx.saved_tensors
        inside = (x.abs() <= alpha).float()
        return g * inside, torch.sum(g * (1 - inside) * x.sign()).view(-1), None


a = nn.Parameter(torch.tensor([1.0]))
LSQ.apply(w, a, 4).sum().backward()
print(a.grad)
qm = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 2)), {nn.Linear}, dtype=torch.qint8)
print(qm(x).shape)
