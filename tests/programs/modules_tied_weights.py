import torch
from torch import nn

torch.manual_seed(3)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 4)
        self.out = nn.Linear(4, 5, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, ids):
        return self.out(self.embed(ids).mean(0))


m = Tied()
m(torch.tensor([0, 2])).log_softmax(0)[1].neg().backward()
print(len(list(m.parameters())), m.embed.weight.grad is m.out.weight.grad)
m.embed.weight.grad
