import torch
from pathlib import Path
from torch.utils.data import DataLoader, Dataset
for n in range(4):
    folder = Path("set") / str(n % 2)
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(torch.full((3,), float(n)), folder / f"{n}.pt")
class Tensors(Dataset):
    def __init__(self, root):
        self.paths = sorted(Path(root).glob("*/*.pt"))
    def __len__(self):
        return len(self.paths)
    def __getitem__(self, i):
        return torch.load(self.paths[i]), int(self.paths[i].parent.name)
w = torch.zeros(3, requires_grad=True)
for data, label in DataLoader(Tensors("set"), batch_size=2):
    (data @ w - label).pow(2).sum().backward()
print(w.grad)
