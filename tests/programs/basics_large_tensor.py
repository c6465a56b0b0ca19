import torch

torch.manual_seed(11)
big = torch.randn(60, 50, requires_grad=True)
scaled = big * 0.5
loss = scaled.pow(2).sum()
loss.backward()
print(big.grad.shape, torch.allclose(big.grad, 0.5 * big))
