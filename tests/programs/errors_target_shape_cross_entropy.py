import torch
import torch.nn.functional as F

logits = torch.zeros(3, 2, requires_grad=True)
loss = F.cross_entropy(logits, torch.tensor([0, 1]))
