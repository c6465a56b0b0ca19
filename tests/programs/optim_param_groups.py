import torch
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
opt = torch.optim.AdamW([
    {"params": model[0].parameters(), "lr": 1e-3},
    {"params": [model[1].weight], "weight_decay": 0.0},
    {"params": [model[1].bias]},
], lr=1e-2)
model(torch.ones(1, 2)).backward()
opt.step()
opt.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
print(len(opt.param_groups), opt)
model[1].weight
