import torch
torch.manual_seed(0)
cell = torch.nn.RNNCell(2, 3)
h = torch.zeros(1, 3)
states = []
for t in range(6):
    h = cell(torch.ones(1, 2) * t, h)
    states.append(h)
torch.cat(states).sum().backward()
print(cell.weight_hh.grad)
