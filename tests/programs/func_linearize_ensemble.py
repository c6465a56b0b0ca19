import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

torch.manual_seed(0)
models = [nn.Linear(2, 1) for _ in range(3)]
params, buffers = stack_module_state(models)
x = torch.randn(5, 2)
base = models[0]
out = vmap(lambda p, b: functional_call(base, (p, b), (x,)))(params, buffers)
out.pow(2).mean().backward()
stacked_weight = params["weight"]
print(out.shape, stacked_weight.grad)
