import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
torch.autograd.backward([a * b, b**2], grad_tensors=[torch.ones(2), torch.tensor(0.5)])
print(a.grad, b.grad)
torch.autograd.backward((a.sum(), a.sum() * 2))
a.grad
