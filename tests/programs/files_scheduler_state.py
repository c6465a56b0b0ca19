import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
opt = torch.optim.SGD(net.parameters(), lr=1.0)
sched = torch.optim.lr_scheduler.StepLR(opt, 1, 0.5)
loss = net(x).pow(2).mean()
loss.backward()
opt.step()
sched.step()
torch.save([opt.state_dict(), sched.state_dict()], "s.pt")
a, b = torch.load("s.pt")
print(a["param_groups"][0]["lr"], b["last_epoch"])
