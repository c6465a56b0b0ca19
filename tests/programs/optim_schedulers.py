import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR, StepLR

w = torch.nn.Parameter(torch.ones(1))
opt = torch.optim.SGD([w], lr=1.0)
warm = LinearLR(opt, start_factor=0.1, total_iters=2)
cos = CosineAnnealingLR(opt, T_max=4)
scheduler = SequentialLR(opt, [warm, cos], milestones=[2])
for step in range(5):
    opt.zero_grad()
    (w * 0.01).sum().backward()
    opt.step()
    scheduler.step()
    print(step, round(scheduler.get_last_lr()[0], 5))
