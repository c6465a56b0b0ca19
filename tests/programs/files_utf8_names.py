import torch
from pathlib import Path
Path("자료").mkdir()
Path("자료/값.txt").write_text("기울기 3\n", encoding="utf-8")
name, value = Path("자료/값.txt").read_text(encoding="utf-8").split()
w = torch.tensor(float(value), requires_grad=True)
(w ** 2).backward()
torch.save(w, "자료/가중치.pt")
print(name, w.grad, torch.load("자료/가중치.pt"))
