SEED_NUM = 2025

# (1) 라이브러리 호출
import os
import random
import numpy as np
import torch

# (2) 옵션 설정
os.environ['PYTHONHASHSEED'] = str(SEED_NUM)
random.seed(a=SEED_NUM)
np.random.seed(seed=SEED_NUM)
torch.use_deterministic_algorithms(mode=True)
torch.manual_seed(seed=SEED_NUM)

pass

pass

a = torch.tensor(data=[2, 3], dtype=torch.float, requires_grad=True)
a
b = a + 1
b
c = b ** 2
c
d = 2 * c
d
obj = d.mean()
obj
obj.backward()
a.grad
