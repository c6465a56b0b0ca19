import torch
w = torch.ones(3, requires_grad=True)
opt = torch.optim.LBFGS([w])
loss = (w ** 2).sum()
loss.backward()
opt.step()
