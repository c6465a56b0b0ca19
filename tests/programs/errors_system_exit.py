import sys

import torch

x = torch.tensor(1.0, requires_grad=True)
x.exp().backward()
print("leaving")
sys.exit(3)
