import os
import random

import numpy as np
import torch


def seed_everything(seed=42):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    torch.mps.manual_seed(seed) if torch.backends.mps.is_available() else None
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


seed_everything()
x = torch.randn(3, requires_grad=True)
(x * torch.from_numpy(np.random.rand(3)).float() * random.random()).sum().backward()
print(torch.cuda.device_count(), os.environ["PYTHONHASHSEED"])
x.grad
