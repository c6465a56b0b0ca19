import copy
import torch
from torch import nn
torch.manual_seed(0)
student = nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 2))
teacher = copy.deepcopy(student)
for p in teacher.parameters():
    p.requires_grad = False
opt = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9, nesterov=True)


@torch.no_grad()
def ema(m=0.9):
    for q, k in zip(student.parameters(), teacher.parameters()):
        k.data.mul_(m).add_((1 - m) * q.detach().data)


center = torch.zeros(1, 2)
for step in range(3):
    x = torch.randn(5, 3)
    with torch.no_grad():
        t = ((teacher(x) - center) / 0.04).softmax(-1)
        center = center * 0.9 + teacher(x).mean(0, keepdim=True) * 0.1
    loss = -(t * (student(x + 0.1 * torch.randn_like(x)) / 0.1).log_softmax(-1)).sum(-1).mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(student.parameters(), 0.1)
    opt.step()
    ema()
    print(f"{loss:.4f}")
