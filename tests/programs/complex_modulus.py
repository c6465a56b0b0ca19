import torch

z = torch.tensor([3 + 4j, 1 - 1j], requires_grad=True)
mod = z.abs()
mod.sum().backward()
print(z.grad)
