import torch

a = torch.tensor([2.0, 3.0], requires_grad=True)
b = torch.tensor([6.0, 4.0], requires_grad=True)
Q = 3 * a**3 - b**2
Q.sum().backward()
print(a.grad == 9 * a**2)
print(b.grad == -2 * b)
