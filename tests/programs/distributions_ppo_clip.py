import torch
from torch import nn
from torch.distributions import Normal, Categorical, Independent, kl_divergence, TransformedDistribution
from torch.distributions.transforms import TanhTransform
torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
log_std = nn.Parameter(torch.zeros(2))
critic = nn.Linear(3, 1)
opt = torch.optim.Adam([*actor.parameters(), log_std, *critic.parameters()], lr=3e-3)
obs = torch.randn(6, 3)
with torch.no_grad():
    old = Independent(Normal(actor(obs), log_std.exp()), 1)
    act = old.sample()
    old_logp = old.log_prob(act)
    ret = torch.randn(6)
    adv = ret - critic(obs).squeeze(-1)
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
for _ in range(3):
    dist = Independent(Normal(actor(obs), log_std.exp()), 1)
    logp = dist.log_prob(act)
    ratio = (logp - old_logp).exp()
    clip_adv = torch.clamp(ratio, 1 - 0.2, 1 + 0.2) * adv
    loss_pi = -(torch.min(ratio * adv, clip_adv)).mean()
    loss_v = ((critic(obs).squeeze(-1) - ret) ** 2).mean()
    loss = loss_pi + 0.5 * loss_v - 0.01 * dist.entropy().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item(), kl_divergence(old, dist).mean().item())
squashed = TransformedDistribution(Normal(log_std, torch.ones(2)), [TanhTransform(cache_size=1)])
s = squashed.rsample()
(squashed.log_prob(s).sum()).backward()
