import torch
from torch.distributions import Categorical

torch.manual_seed(6)
policy = torch.nn.Linear(3, 2)
log_probs, rewards = [], [1.0, 0.0, 2.0]
for r in rewards:
    dist = Categorical(logits=policy(torch.randn(3)))
    action = dist.sample()
    log_probs.append(dist.log_prob(action))
returns, R = [], 0
for r in rewards[::-1]:
    R = r + 0.9 * R
    returns.insert(0, R)
returns = torch.tensor(returns)
returns = (returns - returns.mean()) / (returns.std() + 1e-8)
loss = sum(-lp * R for lp, R in zip(log_probs, returns))
loss.backward()
policy.weight.grad
