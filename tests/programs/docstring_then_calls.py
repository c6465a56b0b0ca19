'''One line.'''
import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
torch.manual_seed(0)
x.sum().backward()
x.grad
x.grad.add_(1)
print(x.grad)
