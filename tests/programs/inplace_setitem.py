import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
buffer = torch.zeros(5)
buffer[1:4] = x
buffer[0] = 7
print(buffer)
buffer.pow(2).sum().backward()
x.grad
