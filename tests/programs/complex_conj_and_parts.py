import torch

z = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex128, requires_grad=True)
w = z * z.conj() + z.real * 1j
energy = w.real.sum() + w.imag.pow(2).sum() + z.angle().sum()
energy.backward()
z.grad
