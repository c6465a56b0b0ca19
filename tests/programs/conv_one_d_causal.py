import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
conv = nn.Conv1d(1, 2, kernel_size=3, dilation=2)
signal = torch.arange(8.0).view(1, 1, -1).requires_grad_()
y = conv(F.pad(signal, (4, 0)))
pooled = F.max_pool1d(y, 2)
pooled.sum().backward()
signal.grad
