import torch
a = torch.ones(2, requires_grad=True)
losses = [a * 2, a * 3]
t = torch.tensor(losses)
