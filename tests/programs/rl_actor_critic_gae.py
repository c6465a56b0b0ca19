import numpy as np, torch, torch.nn as nn
from torch.distributions import Categorical
from collections import namedtuple
from itertools import count
torch.manual_seed(543); np.random.seed(543)
SavedAction = namedtuple("SavedAction", ["log_prob", "value"])
class Env:
    def reset(self): self.s, self.n = np.zeros(4), 0; return self.s, {}
    def step(self, a):
        self.s = self.s * 0.9 + np.random.randn(4) * 0.1 + (a - 0.5) * 0.1; self.n += 1
        return self.s, float(1 - abs(self.s[0])), self.n >= 5, False, {}
class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1, self.action_head, self.value_head = nn.Linear(4, 8), nn.Linear(8, 2), nn.Linear(8, 1)
        self.saved_actions, self.rewards = [], []
    def forward(self, x):
        x = torch.relu(self.affine1(x))
        return torch.softmax(self.action_head(x), dim=-1), self.value_head(x)
model, env = Policy(), Env()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-2)
eps = np.finfo(np.float32).eps.item()
def select_action(state):
    probs, value = model(torch.from_numpy(state).float())
    m = Categorical(probs); action = m.sample()
    model.saved_actions.append(SavedAction(m.log_prob(action), value))
    return action.item()
def finish():
    R, pl, vl, returns = 0, [], [], []
    for r in model.rewards[::-1]:
        R = r + 0.99 * R; returns.insert(0, R)
    returns = torch.tensor(returns); returns = (returns - returns.mean()) / (returns.std() + eps)
    for (lp, v), R in zip(model.saved_actions, returns):
        adv = R - v.item(); pl.append(-lp * adv); vl.append(torch.nn.functional.smooth_l1_loss(v, torch.tensor([R])))
    optimizer.zero_grad()
    loss = torch.stack(pl).sum() + torch.stack(vl).sum()
    loss.backward(); optimizer.step()
    del model.rewards[:]; del model.saved_actions[:]
    return loss.item()
running = 10
for ep in count(1):
    s, _ = env.reset(); total = 0
    for t in range(1, 100):
        a = select_action(s); s, r, done, _, _ = env.step(a); model.rewards.append(r); total += r
        if done: break
    running = 0.05 * total + 0.95 * running
    print("Episode {}\tLast: {:.2f}\tloss {:.4f}".format(ep, total, finish()))
    if ep >= 2: break
vals, rews = torch.rand(5, requires_grad=True), torch.rand(5)
gae, advs = 0, []
for i in reversed(range(4)):
    delta = rews[i] + 0.99 * vals[i + 1] - vals[i]; gae = delta + 0.99 * 0.95 * gae; advs.insert(0, gae)
torch.stack(advs).pow(2).mean().backward()
entropy = Categorical(logits=torch.zeros(3, requires_grad=True)).entropy(); entropy.backward()
