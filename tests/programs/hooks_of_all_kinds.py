import torch
from torch import nn
log = []
torch.manual_seed(0)
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)
    def forward(self, x, *, scale=1.0):
        return torch.relu(self.lin(x)) * scale
b = Block()
h1 = b.register_forward_pre_hook(lambda m, a: log.append(('pre', len(a))))
h2 = b.register_forward_hook(lambda m, a, k, o: log.append(('fwd', tuple(k))) , with_kwargs=True)
h3 = b.register_full_backward_pre_hook(lambda m, go: log.append(('bpre', go[0].shape)))
h4 = b.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
h5 = b.lin.weight.register_hook(lambda g: g.clamp(-0.1, 0.1))
h6 = b.lin.weight.register_post_accumulate_grad_hook(lambda p: log.append(('acc', p.grad is not None)))
x = torch.randn(2, 3, requires_grad=True)
y = b(x, scale=2.0)
y.register_hook(lambda g: g * 3)
node_handle = y.grad_fn.register_hook(lambda gi, go: log.append(('node', len(gi))))
pre = y.grad_fn.register_prehook(lambda go: (go[0] + 1,))
y.sum().backward()
for entry in log: print(entry)
print(x.grad, b.lin.weight.grad)
for h in (h1, h2, h3, h4, h5, h6): h.remove()
gh = nn.modules.module.register_module_forward_hook(lambda m, i, o: log.append(type(m).__name__))
b(x).sum().backward()
gh.remove()
print(log[-2:], len(log))
with torch.autograd.graph.register_multi_grad_hook([x, b.lin.bias], lambda gs: print('multi', [g is not None for g in gs])):
    b(x).sum().backward()
