import torch
import torch.fx
from torch import nn
torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)

    def forward(self, x):
        return torch.relu(self.lin(x)).sum(dim=-1)


net = Net()
traced = torch.fx.symbolic_trace(net)
print([n.op for n in traced.graph.nodes])
traced(torch.randn(4, 3)).mean().backward()
g1 = net.lin.weight.grad.clone()
net.zero_grad()
jitted = torch.jit.trace(net, torch.randn(1, 3))
out = jitted(torch.ones(2, 3))
out.sum().backward()
print(jitted.lin.weight.grad is net.lin.weight.grad, g1.shape)
