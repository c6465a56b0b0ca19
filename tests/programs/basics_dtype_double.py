import torch

w = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
h = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float16)
y = (w * h).sum()
y.backward()
print(y.dtype, w.grad.dtype)
bf = torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True)
(bf * bf).sum().backward()
bf.grad
