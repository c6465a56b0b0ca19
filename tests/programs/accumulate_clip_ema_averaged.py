import copy
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
opt = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.1, total_steps=4)
accum = 2
data = [(torch.randn(4, 3), torch.randn(4, 1)) for _ in range(8)]
for i, (xb, yb) in enumerate(data):
    with torch.autocast('cpu', enabled=False):
        loss = nn.functional.mse_loss(model(xb), yb) / accum
    loss.backward()
    if (i + 1) % accum == 0:
        total_norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
        opt.step(); opt.zero_grad(set_to_none=False); sched.step()
        with torch.no_grad():
            for e, p in zip(ema.parameters(), model.parameters()):
                e.mul_(0.9).add_(p, alpha=0.1)
        print(f"step {i}: norm {total_norm:.4f} lr {sched.get_last_lr()[0]:.5f}")
avg = torch.optim.swa_utils.AveragedModel(model)
avg.update_parameters(model)
print(avg(data[0][0]).shape)
