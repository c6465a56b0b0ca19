import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x.sin() * x).sum()
y.backward(create_graph=True)
first = x.grad.clone()
penalty = (x.grad**2).sum()
x.grad = None
penalty.backward()
first, x.grad
