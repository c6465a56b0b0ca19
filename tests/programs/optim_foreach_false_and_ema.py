import torch
from torch.optim.swa_utils import AveragedModel

torch.manual_seed(2)
net = torch.nn.Linear(1, 1)
ema = AveragedModel(net, avg_fn=lambda old, new, n: 0.9 * old + 0.1 * new)
opt = torch.optim.Adam(net.parameters(), foreach=False, amsgrad=True)
for _ in range(2):
    net(torch.ones(1, 1)).sum().backward()
    opt.step()
    opt.zero_grad(set_to_none=False)
    ema.update_parameters(net)
print(ema.module.weight, net.weight.grad)
