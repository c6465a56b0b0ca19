import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embedding = nn.Embedding(vocab, 4, padding_idx=0)
        self.gru = nn.GRU(4, 3)
        self.fc = nn.Linear(3, 2)

    def forward(self, ids):
        _, hidden = self.gru(self.embedding(ids))
        return self.fc(hidden[-1])


torch.manual_seed(2)
model = Sentiment(6)
ids = torch.tensor([[1, 2], [3, 0], [5, 0]])
loss = nn.functional.cross_entropy(model(ids), torch.tensor([0, 1]))
loss.backward()
model.embedding.weight.grad
