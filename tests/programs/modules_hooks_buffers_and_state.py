import torch
from torch import nn
from collections import OrderedDict
torch.manual_seed(0)


class Scaled(nn.Module):
    scale: float = 2.0

    def __init__(self):
        super().__init__()
        self.register_buffer('running', torch.zeros(2), persistent=False)
        self.register_parameter('gain', nn.Parameter(torch.ones(2)))
        self.register_parameter('nothing', None)
        self.sub = nn.Sequential(OrderedDict([('a', nn.Linear(2, 2)), ('b', nn.PReLU())]))
        self.heads = nn.ParameterDict({'x': nn.Parameter(torch.zeros(2))})
        self.plist = nn.ParameterList([nn.Parameter(torch.ones(1)) for _ in range(2)])

    def forward(self, x, *, twice=False):
        self.running += x.detach().mean(0)
        y = self.sub(x) * self.gain + self.heads['x']
        for p in self.plist:
            y = y * p
        return {'out': y, 'aux': (y.sum(), [y * 2])} if twice else y


net = Scaled()
net.register_forward_pre_hook(lambda m, args, kwargs: ((args[0] * 2,), kwargs), with_kwargs=True)
net.sub.register_full_backward_hook(lambda m, gi, go: print('bw', len(gi), go[0].shape))
out = net(torch.randn(3, 2), twice=True)
(out['out'].mean() + out['aux'][0] + out['aux'][1][0].std()).backward()
print(sorted(net.state_dict()), [n for n, _ in net.named_parameters()])
net.half().float().requires_grad_(False).gain.requires_grad_(True)
net(torch.randn(1, 2)).sum().backward()
nn.init.orthogonal_(net.sub.a.weight)
nn.utils.vector_to_parameters(torch.arange(4.), [net.sub.a.weight])
flat = nn.utils.parameters_to_vector(net.parameters())
lazy = nn.LazyLinear(2)
lazy(torch.ones(1, 3)).sum().backward()
emb = nn.Embedding.from_pretrained(torch.eye(3), freeze=False, padding_idx=0)
emb(torch.tensor([0, 1, 1])).sum().backward()
print(net, lazy)
