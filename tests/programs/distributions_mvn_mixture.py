import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal

means = torch.tensor([-1.0, 2.0], requires_grad=True)
mix = MixtureSameFamily(Categorical(torch.tensor([0.3, 0.7])), Normal(means, torch.ones(2)))
L = torch.eye(2, requires_grad=True)
mvn = MultivariateNormal(torch.zeros(2), scale_tril=L.tril())
lp = mix.log_prob(torch.tensor([0.0, 1.0])).sum() + mvn.log_prob(torch.tensor([0.5, -0.5]))
lp.backward()
means.grad, L.grad
