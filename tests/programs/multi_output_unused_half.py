import torch

x = torch.arange(6.0).view(2, 3).requires_grad_()
top, bottom = x.unbind(0)
mean_var = torch.var_mean(bottom)
mean_var[1].backward()
x.grad
