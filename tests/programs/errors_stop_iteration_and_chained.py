import torch

x = torch.tensor([1.0], requires_grad=True)
rows = iter([x])
next(rows)
try:
    next(rows)
except StopIteration as e:
    raise LookupError("no more data") from e
