import torch

x = torch.tensor([1.5, -2.5], requires_grad=True)
square = x * x
cube = square * x
total = (cube + x + x).sum()
total.backward()
print(x.grad.tolist())
