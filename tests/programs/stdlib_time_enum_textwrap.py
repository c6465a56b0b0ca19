import enum
import json
import time
from statistics import mean
from string import Template
from textwrap import dedent

import torch


class Act(enum.Enum):
    RELU = "relu"
    TANH = "tanh"


start = time.time()
x = torch.tensor([-1.0, 1.0], requires_grad=True)
for act in Act:
    getattr(torch, act.value)(x).sum().backward()
elapsed = time.perf_counter() - start
print(elapsed < 1e9, json.dumps({"grad": x.grad.tolist()}), mean([1, 2]))
print(dedent("  done ") + Template("$a").substitute(a=1))
