import os
from pathlib import Path

import torch

w = torch.ones(2, requires_grad=True)
CHECKPOINT = Path("checkpoints") / "last.pt"
if CHECKPOINT.exists() or os.path.isfile("last.pt"):
    w = torch.load(CHECKPOINT)
loss = (w * 2).sum()
loss.backward()
print(w.grad, CHECKPOINT.name, CHECKPOINT.is_file(), list(CHECKPOINT.parent.glob("*.csv")))
