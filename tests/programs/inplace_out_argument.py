import torch

a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
result = torch.empty(2)
torch.mul(a, b, out=result)
w = result.clone().requires_grad_()
w.prod().backward()
print(result, w.grad)
