import torch
from torch import nn

torch.manual_seed(0)
device = "cpu"
model = nn.Linear(2, 2).to(device).float()
x = torch.randn(1, 2).to(device, non_blocking=True)
with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
    out = model(x)
out.float().sum().backward()
print(next(model.parameters()).device, out.dtype)
torch.set_default_dtype(torch.float64)
print(torch.ones(1).dtype)
torch.set_num_threads(1)
model.bias.grad
