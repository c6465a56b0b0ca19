import torch

w = torch.tensor([1.0, 1.0], requires_grad=True)
w.grad = torch.tensor([100.0, 200.0])
(w * torch.tensor([1.0, 2.0])).sum().backward()
print(w.grad)
kept = w.grad
w.grad = None
(w * 3).sum().backward()
kept, w.grad
