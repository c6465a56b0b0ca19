from dataclasses import dataclass, field, replace

import torch


@dataclass(frozen=True)
class Config:
    lr: float = 0.1
    steps: int = 3
    shape: tuple[int, ...] = (2,)


@dataclass
class State:
    w: torch.Tensor
    losses: list = field(default_factory=list)


cfg = replace(Config(), steps=2)
state = State(torch.ones(cfg.shape, requires_grad=True))
for _ in range(cfg.steps):
    loss = state.w.pow(2).sum()
    loss.backward()
    state.w.data.sub_(cfg.lr * state.w.grad)
    state.w.grad = None
    state.losses.append(loss.item())
print(cfg, state.losses)
