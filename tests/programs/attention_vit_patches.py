import torch
from torch import nn
torch.manual_seed(0)


class PatchEmbed(nn.Module):
    def __init__(self, dim=8, p=4):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, p, p)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class ViT(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.patch = PatchEmbed(dim)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, 5, dim) * .02)
        self.blocks = nn.Sequential(*[nn.TransformerEncoderLayer(dim, 2, 16, 0.0, activation='gelu', batch_first=True, norm_first=True) for _ in range(2)])
        self.head = nn.Linear(dim, 3)

    def forward(self, x):
        x = self.patch(x)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1) + self.pos
        x = self.blocks(x)
        return self.head(x[:, 0])


net = ViT()
loss = nn.functional.cross_entropy(net(torch.rand(2, 3, 8, 8)), torch.tensor([0, 2]))
loss.backward()
print(sum(p.grad.abs().sum() for p in net.parameters()).item())
