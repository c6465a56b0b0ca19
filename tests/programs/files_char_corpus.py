import torch
from torch import nn
with open("names.txt", "w") as f:
    f.write("emma\nolivia\nava\n")
words = open("names.txt", "r").read().splitlines()
chars = sorted(set("".join(words)))
stoi = {c: i + 1 for i, c in enumerate(chars)}
stoi["."] = 0
xs, ys = [], []
for w in words:
    for a, b in zip("." + w, w + "."):
        xs.append(stoi[a])
        ys.append(stoi[b])
torch.manual_seed(0)
W = torch.randn(len(stoi), len(stoi), requires_grad=True)
loss = nn.functional.cross_entropy(W[torch.tensor(xs)], torch.tensor(ys))
loss.backward()
print(len(words), loss, W.grad.abs().sum())
