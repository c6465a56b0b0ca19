import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, 4.0], requires_grad=True)
loss = ((x * w).sigmoid() - 1).abs().sum()


def walk(fn, depth=0):
    if fn is None:
        return
    print(" " * depth + type(fn).__name__)
    for child, _ in fn.next_functions:
        walk(child, depth + 2)


walk(loss.grad_fn)
loss.backward()
w.grad
