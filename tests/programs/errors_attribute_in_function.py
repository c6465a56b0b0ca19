import torch


def loss_fn(pred, goal):
    diff = pred - goal
    return diff.squre().mean()


p = torch.tensor([1.0], requires_grad=True)
loss_fn(p, torch.tensor([2.0])).backward()
