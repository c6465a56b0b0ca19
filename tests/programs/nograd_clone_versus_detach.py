import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
through = x.clone()
cut = x.clone().detach()
through[0] = 10.0
cut[0] = 10.0
(through**2 + cut).sum().backward()
x.grad
