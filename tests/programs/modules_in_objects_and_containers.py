import torch
import torch.nn as nn
class Agent:
    def __init__(self):
        self.actor = nn.Linear(3, 2)
        self.critic = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
        self.log_std = nn.Parameter(torch.zeros(2))
        self.opt = torch.optim.Adam([*self.actor.parameters(), *self.critic.parameters(), self.log_std], lr=1e-2)
    def update(self, x):
        mu = self.actor(x)
        v = self.critic(x)
        loss = (mu.pow(2).sum(1) * torch.exp(self.log_std).sum() - v.squeeze()).mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()
agent = Agent()
x = torch.randn(5, 3)
print([round(agent.update(x), 4) for _ in range(3)])
nets = {'g': nn.Linear(2, 2), 'd': nn.Linear(2, 1)}
out = nets['d'](nets['g'](torch.ones(1, 2)))
out.backward()
pair = (nn.Linear(1, 1), nn.Linear(1, 1))
pair[1](pair[0](torch.ones(1, 1))).backward()
class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_parameter('scale', nn.Parameter(torch.ones(2)))
        self.ps = nn.ParameterList([nn.Parameter(torch.full((2,), float(i))) for i in range(2)])
        self.pd = nn.ParameterDict({'a': nn.Parameter(torch.zeros(2))})
    def forward(self, x):
        return x * self.scale + self.ps[0] * self.ps[1] - self.pd['a']
p = Plain()
p(torch.ones(2)).sum().backward()
print(p.ps[0].grad, p.pd['a'].grad)
