import torch


def forever(x):
    return forever(x * 1.0)


forever(torch.tensor(1.0, requires_grad=True))
