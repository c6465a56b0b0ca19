import torch

torch.manual_seed(3)
logits = torch.randn(5, 3, requires_grad=True)
labels = torch.randint(0, 3, (5,), dtype=torch.int64)
picked = logits.gather(1, labels[:, None]).squeeze(1)
picked.sum().backward()
accuracy = (logits.argmax(dim=1) == labels).sum().item() / len(labels)
ids, inverse, n = torch.unique(labels, return_inverse=True, return_counts=True)
print(accuracy, torch.bincount(labels, minlength=3))
logits.grad
