import torch

theta = torch.tensor(0.3, requires_grad=True)
rot = torch.polar(torch.ones(()), theta)
p = torch.complex(torch.tensor(1.0), torch.tensor(0.0)) * rot**2
loss = (torch.view_as_real(p) - torch.tensor([0.0, 1.0])).square().sum()
loss.backward()
p, theta.grad
