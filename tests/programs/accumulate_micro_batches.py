import torch
from torch import nn

torch.manual_seed(1)
model = nn.Linear(3, 1)
data, target = torch.randn(8, 3), torch.randn(8, 1)
model.zero_grad()
nn.functional.mse_loss(model(data), target).backward()
whole = model.weight.grad.clone()
model.zero_grad(set_to_none=True)
for chunk, goal in zip(data.chunk(4), target.chunk(4)):
    (nn.functional.mse_loss(model(chunk), goal) / 4).backward()
print(torch.allclose(whole, model.weight.grad))
