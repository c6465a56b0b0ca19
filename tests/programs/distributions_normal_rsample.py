import torch
from torch.distributions import Normal, kl_divergence

torch.manual_seed(0)
loc = torch.tensor(0.5, requires_grad=True)
scale = torch.tensor(1.5, requires_grad=True)
q = Normal(loc, scale)
z = q.rsample((4,))
elbo = Normal(0.0, 1.0).log_prob(z).sum() - kl_divergence(q, Normal(0.0, 1.0))
(-elbo).backward()
loc.grad, scale.grad
