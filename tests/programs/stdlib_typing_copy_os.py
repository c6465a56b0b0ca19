from __future__ import annotations

import copy
import os
from typing import Callable, List, Optional

import torch

os.environ["LESSON"] = "autograd"
Fn = Callable[[torch.Tensor], torch.Tensor]


def chain(fs: List[Fn], x: torch.Tensor, last: Optional[Fn] = None) -> torch.Tensor:
    for f in fs:
        x = f(x)
    return last(x) if last else x


start = torch.tensor([0.1, 0.2], requires_grad=True)
twin = copy.deepcopy(start)
chain([torch.exp, torch.sqrt], start, torch.sum).backward()
chain([torch.sin], twin, lambda t: t.sum()).backward()
print(os.environ["LESSON"], os.getenv("NOT_SET", "none"), copy.copy(start).grad)
twin.grad
