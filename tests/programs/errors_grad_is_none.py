import torch

w = torch.tensor(1.0, requires_grad=True)
y = w * 2
w.data -= 0.1 * w.grad
