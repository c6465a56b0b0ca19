import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(5)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 6)
        self.mu, self.logvar = nn.Linear(6, 2), nn.Linear(6, 2)
        self.dec = nn.Linear(2, 4)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def forward(self, x):
        h = F.relu(self.enc(x))
        mu, logvar = self.mu(h), self.logvar(h)
        return torch.sigmoid(self.dec(self.reparameterize(mu, logvar))), mu, logvar


vae = VAE()
x = torch.rand(3, 4)
recon, mu, logvar = vae(x)
kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
loss = F.binary_cross_entropy(recon, x, reduction="sum") + kld
loss.backward()
vae.mu.weight.grad
