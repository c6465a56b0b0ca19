import torch

x = torch.arange(12.0).reshape(3, 4).requires_grad_()
y = x.t().contiguous().view(2, 6).permute(1, 0).unsqueeze(0).squeeze()
weights = torch.arange(12.0).reshape(6, 2)
(y * weights).sum().backward()
x.grad
