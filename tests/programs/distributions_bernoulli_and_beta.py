import torch
from torch.distributions import Bernoulli, Beta, Gamma

torch.manual_seed(1)
p_logit = torch.tensor(0.3, requires_grad=True)
data = torch.tensor([1.0, 0.0, 1.0, 1.0])
nll = -Bernoulli(logits=p_logit).log_prob(data).mean()
alpha = torch.tensor([2.0, 3.0], requires_grad=True)
sample = Beta(alpha[0], alpha[1]).rsample()
g = Gamma(alpha, torch.ones(2)).rsample()
(nll + sample + g.sum()).backward()
p_logit.grad, alpha.grad
