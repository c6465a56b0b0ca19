import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
optimizer_dict = {p: torch.optim.Adam([p], foreach=False) for p in model.parameters()}
def optimizer_hook(parameter) -> None:
    optimizer_dict[parameter].step()
    optimizer_dict[parameter].zero_grad()
for p in model.parameters():
    p.register_post_accumulate_grad_hook(optimizer_hook)
def train(model):
    fake = torch.rand(3, 4)
    loss = model(fake).sum()
    loss.backward()
    return loss
for i in range(3):
    loss = train(model)
    print(i, f"{loss.item():.6f}", all(p.grad is None for p in model.parameters()))
