import torch

w = torch.tensor([2.0, 2.0], requires_grad=True)
h = w * w
h.zero_()
h.add_(w)
h.sum().backward()
print(w.grad)
t = w.exp()
t.fill_(3.0)
t.requires_grad, t
