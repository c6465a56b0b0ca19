import torch
from torch.utils.data import DataLoader, Dataset


class Squares(Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, i):
        x = torch.tensor([float(i)])
        return x, x**2


if __name__ == "__main__":
    torch.manual_seed(0)
    loader = DataLoader(Squares(), batch_size=4, shuffle=True, num_workers=2, pin_memory=True)
    w = torch.zeros(1, requires_grad=True)
    for epoch in range(2):
        for x, y in loader:
            loss = ((w * x - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= 1e-3 * w.grad
            w.grad = None
        print(f"epoch {epoch}: {loss.item():.4f}")
