import torch
with torch.inference_mode():
    h = torch.ones(2) * 2
w = torch.ones(2, requires_grad=True)
(h * w).sum().backward()
