import torch


@torch.no_grad()
def predict(v):
    return v * w + 1


@torch.enable_grad()
def train(v):
    return v * w + 1


w = torch.tensor(0.5, requires_grad=True)
inputs = torch.tensor([1.0, 2.0, 3.0])
quiet, loud = predict(inputs), train(inputs)
loud.sum().backward()
quiet, loud, w.grad
