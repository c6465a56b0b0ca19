import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * 3).sum().backward()
print("first ", x.grad)
(x * 3).sum().backward()
print("second", x.grad)
x.grad.zero_()
(x**2).sum().backward()
print("after zero_", x.grad)
