import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    y = x * 2
    print(y.requires_grad)
z = x * 2
with torch.no_grad(), torch.enable_grad():
    q = x * 5
print(torch.is_grad_enabled(), z.requires_grad, q.requires_grad)
(z + q + y).sum().backward()
x.grad
