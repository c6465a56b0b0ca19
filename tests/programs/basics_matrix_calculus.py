import torch

A = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
x = torch.tensor([1.0, -1.0], requires_grad=True)
quadratic = x @ A @ x
quadratic.backward()
expected = (A + A.T) @ x.detach()
print(x.grad, expected, torch.equal(x.grad, expected))
