import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
from pathlib import Path
folder = Path("models")
folder.mkdir(parents=True, exist_ok=True)
path = folder / "model_0.pth"
print(f"Saving model to: {path}")
torch.save(obj=net.state_dict(), f=path)
net.load_state_dict(torch.load(f=path))
print(path.exists(), path.name, path.suffix, [p.name for p in folder.iterdir()])
loss = net(x).pow(2).mean()
loss.backward()
