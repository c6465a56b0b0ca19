import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
scaler = torch.amp.GradScaler('cpu', enabled=False)
x, y = torch.randn(5, 6), torch.randint(0, 2, (5,))
for step in range(2):
    opt.zero_grad()
    with torch.autocast(device_type='cpu', dtype=torch.bfloat16):
        out = net(x)
        print(out.dtype)
        loss = nn.functional.cross_entropy(out.float(), y)
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    scaler.step(opt)
    scaler.update()
print(net[0].weight.grad.dtype, net[0].weight.dtype)
h = (x.half() @ torch.ones(6, 2).half()).float().mean()
print(h)
