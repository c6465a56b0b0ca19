import torch

x = torch.zeros(2)
print((x * 2).requires_grad)
x.requires_grad_()
y = (x * 2).sum()
y.backward()
x.requires_grad = False
z = x * 2
print(z.requires_grad, x.grad)
