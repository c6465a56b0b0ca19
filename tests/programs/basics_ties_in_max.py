import torch

x = torch.tensor([1.0, 5.0, 5.0, 2.0], requires_grad=True)
x.max().backward()
print("max() shares:", x.grad)
x.grad = None
values, index = x.max(dim=0)
values.backward()
print("max(dim) picks:", x.grad, index)
x.grad = None
torch.maximum(x, torch.full_like(x, 5.0)).sum().backward()
print("maximum halves:", x.grad)
relu_at_zero = torch.zeros(1, requires_grad=True)
torch.relu(relu_at_zero).backward()
relu_at_zero.grad
