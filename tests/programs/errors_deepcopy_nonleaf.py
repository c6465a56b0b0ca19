import copy

import torch

x = torch.ones(1, requires_grad=True)
y = x * 2
z = copy.deepcopy(y)
