import torch
from torch.utils.data import DataLoader
w = torch.ones(1, requires_grad=True)
for batch in DataLoader(range(6), batch_size=3, num_workers=2):
    (w * batch.float()).sum().backward()
print(w.grad)
