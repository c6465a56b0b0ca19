import torch

shared = torch.tensor([1.0, -1.0], requires_grad=True)
features = shared.tanh()
loss_a = features.sum()
loss_b = (features * 2).pow(2).sum()
loss_a.backward(retain_graph=True)
after_a = shared.grad.clone()
loss_b.backward()
after_b = shared.grad - after_a
after_a, after_b
