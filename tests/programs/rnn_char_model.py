import torch
from torch import nn

torch.manual_seed(5)
text = "hello"
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
ids = torch.tensor([stoi[c] for c in text])
onehot = nn.functional.one_hot(ids[:-1], len(chars)).float()
cell = nn.LSTMCell(len(chars), 4)
proj = nn.Linear(4, len(chars))
state = (torch.zeros(4), torch.zeros(4))
logits = []
for step in onehot:
    state = cell(step, state)
    logits.append(proj(state[0]))
loss = nn.functional.cross_entropy(torch.stack(logits), ids[1:])
loss.backward()
print(chars, loss.item())
proj.bias.grad
