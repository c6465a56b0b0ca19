import torch


class Diverged(ValueError):
    pass


w = torch.tensor(1.0, requires_grad=True)
for step in range(5):
    loss = (w * 10) ** 2
    loss.backward()
    with torch.no_grad():
        w -= w.grad
    w.grad = None
    if loss > 1e6:
        raise Diverged(f"loss {loss.item():.3g} at step {step}")
