import io
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader, random_split, TensorDataset, Subset, WeightedRandomSampler
class Toy(Dataset):
    def __init__(self, n=30):
        self.x = torch.linspace(-1, 1, n).unsqueeze(1)
        self.y = self.x ** 2
    def __len__(self): return len(self.x)
    def __getitem__(self, i): return {'x': self.x[i], 'y': self.y[i], 'i': i}
full = Toy()
train, val = random_split(full, [0.8, 0.2], generator=torch.Generator().manual_seed(0))
def collate(batch):
    return torch.stack([b['x'] for b in batch]), torch.stack([b['y'] for b in batch])
dl = DataLoader(train, batch_size=8, shuffle=True, num_workers=0, drop_last=True, collate_fn=collate)
net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), 1e-2)
best, patience = float('inf'), 0
for epoch in range(3):
    net.train()
    for x, y in dl:
        loss = ((net(x) - y) ** 2).mean()
        opt.zero_grad(); loss.backward(); opt.step()
    net.eval()
    with torch.inference_mode():
        vl = sum(((net(b['x']) - b['y']) ** 2).sum().item() for b in DataLoader(val, 3))
    print(f'epoch {epoch} train {loss.item():.4f} val {vl:.4f}')
    if vl < best:
        best, patience = vl, 0
        buf = io.BytesIO(); torch.save(net.state_dict(), buf)
    else:
        patience += 1
        if patience > 1: break
buf.seek(0)
net.load_state_dict(torch.load(buf, weights_only=True))
sampler = WeightedRandomSampler([0.1] * 10, 4)
sub = DataLoader(Subset(TensorDataset(full.x, full.y), range(10)), sampler=sampler)
print(len(list(sub)))
print({k: tuple(v.shape) for k, v in net.state_dict().items()})
