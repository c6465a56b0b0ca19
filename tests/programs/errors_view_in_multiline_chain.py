import torch
w = torch.ones(3, requires_grad=True)
y = (w
     .exp()
     .view(2, 2)
     .sum())
y.backward()
