import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset


class Squares(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return torch.tensor([float(i)]), torch.tensor([float(i * i)])


torch.manual_seed(2)
model = nn.Linear(1, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for xb, yb in DataLoader(Squares(), batch_size=2, shuffle=True):
    loss = nn.functional.mse_loss(model(xb), yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(xb.flatten().tolist(), round(loss.item(), 4))
for (xb,) in DataLoader(TensorDataset(torch.arange(4.0)), batch_size=4):
    last = xb
