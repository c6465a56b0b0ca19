import torch

counts = torch.tensor([1, 2, 3])
flags = counts > 1
w = torch.tensor([0.5, 0.5, 0.5], requires_grad=True)
loss = (w * counts)[flags].sum() + w[counts.argmax()] + (w * flags).sum()
loss.backward()
print(counts.dtype, flags.dtype, (counts // 2).tolist(), counts.sum().item())
w.grad
