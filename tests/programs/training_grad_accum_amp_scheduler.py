import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler('cuda', enabled=torch.cuda.is_available())
sched = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0=2)
accum = 2
history = {'loss': [], 'lr': []}
for i in range(4):
    x, y = torch.randn(3, 4), torch.randn(3, 1)
    with torch.autocast(device_type='cpu', dtype=torch.bfloat16, enabled=i % 2 == 0):
        loss = nn.functional.huber_loss(model(x).float(), y) / accum
    scaler.scale(loss).backward()
    if (i + 1) % accum == 0:
        scaler.unscale_(opt)
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0, error_if_nonfinite=True)
        scaler.step(opt)
        scaler.update()
        opt.zero_grad()
        sched.step()
    history['loss'].append(loss.detach())
    history['lr'].append(sched.get_last_lr()[0])
best = min(history['loss'])
print(torch.stack(history['loss']), history['lr'], best.item())
