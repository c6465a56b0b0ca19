import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.DataParallel(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)))
x = torch.randn(5, 3)
loss = net(x).pow(2).mean()
loss.backward()
for name, p in net.named_parameters():
    print(name, p.grad.norm())
print(torch.cuda.device_count(), torch.cuda.memory_allocated())
model = net.module
