import torch
from torch import nn
from torch.func import functional_call, grad

torch.manual_seed(12)
model = nn.Linear(2, 1)
params = {k: v.detach() for k, v in model.named_parameters()}
batch, goal = torch.randn(3, 2), torch.randn(3, 1)


def compute(params):
    return nn.functional.mse_loss(functional_call(model, params, (batch,)), goal)


grads = grad(compute)(params)
compute(dict(model.named_parameters())).backward()
for name, p in model.named_parameters():
    print(name, torch.equal(p.grad, grads[name]))
