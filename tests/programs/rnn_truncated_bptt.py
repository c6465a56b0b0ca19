import torch
from torch import nn

torch.manual_seed(3)
cell, head = nn.RNNCell(1, 4), nn.Linear(4, 1)
opt = torch.optim.SGD([*cell.parameters(), *head.parameters()], lr=0.05)
series = torch.sin(torch.arange(9.0) * 0.7)
h = torch.zeros(1, 4)
for start in range(0, 8, 4):
    h = h.detach()
    loss = torch.zeros(())
    for t in range(start, start + 4):
        h = cell(series[t].view(1, 1), h)
        loss = loss + (head(h).squeeze() - series[t + 1]) ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(start, f"{loss.item():.6f}")
