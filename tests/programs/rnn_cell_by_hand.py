import torch

torch.manual_seed(0)
Wx, Wh = torch.randn(2, 3, requires_grad=True), torch.randn(3, 3, requires_grad=True)
h = torch.zeros(1, 3)
for x in torch.randn(4, 1, 2):
    h = torch.tanh(x @ Wx + h @ Wh)
h.sum().backward()
Wh.grad
