import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
torch.save(x, "x.pt")
y = torch.load("x.pt")
(y * x).sum().backward()
print(x.grad, y.grad, y.is_leaf, y.requires_grad)
