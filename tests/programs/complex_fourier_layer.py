import torch
import torch.nn as nn
torch.manual_seed(0)


class SpectralConv1d(nn.Module):
    def __init__(self, i, o, modes):
        super().__init__()
        self.modes = modes
        self.weights = nn.Parameter(1 / (i * o) * torch.rand(i, o, modes, dtype=torch.cfloat))

    def forward(self, x):
        x_ft = torch.fft.rfft(x)
        out_ft = torch.zeros(x.shape[0], self.weights.shape[1], x.size(-1)//2 + 1, dtype=torch.cfloat)
        out_ft[:, :, :self.modes] = torch.einsum("bix,iox->box", x_ft[:, :, :self.modes], self.weights)
        return torch.fft.irfft(out_ft, n=x.size(-1))


net = SpectralConv1d(2, 3, 3)
x = torch.randn(2, 2, 8, requires_grad=True)
y = net(x)
loss = y.pow(2).mean()
loss.backward()
print(net.weights.grad.dtype, net.weights.grad.abs().sum())
z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
w = (z * z.conj()).real.sum() + z.angle().sum() + torch.view_as_real(z).prod()
w.backward()
opt = torch.optim.SGD([z], lr=0.1)
opt.step()
print(z, z.grad)
u = torch.randn(3, dtype=torch.complex128, requires_grad=True)
v = torch.fft.fft(u) * torch.exp(1j * torch.arange(3))
v.backward(gradient=torch.ones(3, dtype=torch.complex128))
