import torch

w = torch.nn.Parameter(torch.ones(2))
opt = torch.optim.SGD([w], lr=0.1)
scaler = torch.amp.GradScaler("cpu", enabled=False)
loss = (w * 2).sum()
scaler.scale(loss).backward()
scaler.step(opt)
scaler.update()
w
