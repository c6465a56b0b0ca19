import torch

x = torch.tensor([1.0, 0.0, -1.0, 2.0], requires_grad=True)
spectrum = torch.fft.fft(x)
power = spectrum.abs() ** 2
power[1].backward()
print(torch.view_as_real(spectrum.detach()))
x.grad
