import torch
t = torch.linspace(0, 1, 16)
x = torch.sin(2 * torch.pi * 3 * t).requires_grad_()
X = torch.fft.rfft(x)
power = X.abs() ** 2
filt = torch.zeros_like(power); filt[3] = 1
y = torch.fft.irfft(X * filt, n=16)
loss = (y - x.detach()).pow(2).mean() + power[5] + torch.angle(X[2])
loss.backward()
print(x.grad)
X2 = torch.fft.fft2(torch.outer(x, x)); sh = torch.fft.fftshift(X2)
s = torch.stft(x, n_fft=8, hop_length=4, window=torch.hann_window(8), return_complex=True)
(s.abs().sum() + sh.real.sum()).backward()
z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
w = (z * z.conj()).real.sum() + torch.view_as_real(z).sum()
w.backward()
print(z.grad, z.resolve_conj().T.shape)
