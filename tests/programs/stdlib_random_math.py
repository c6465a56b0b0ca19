import math
import random

import torch

random.seed(7)
data = [(random.uniform(-1, 1), random.gauss(0, 1)) for _ in range(4)]
x = torch.tensor([d[0] for d in data])
y = torch.tensor([d[1] for d in data])
amp = torch.tensor(math.pi / 2, requires_grad=True)
loss = ((amp * x.sin() - y) ** 2).mean() * math.sqrt(2) + math.log(3)
loss.backward()
random.shuffle(data)
print(data[0], math.isfinite(amp.grad.item()))
amp.grad
