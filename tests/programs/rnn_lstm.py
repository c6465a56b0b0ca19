import torch
from torch import nn

torch.manual_seed(1)
lstm = nn.LSTM(input_size=2, hidden_size=3, num_layers=2, batch_first=True, bidirectional=True)
x = torch.randn(2, 4, 2, requires_grad=True)
out, (h, c) = lstm(x)
print(out.shape, h.shape, c.shape)
(out[:, -1].sum() + c.pow(2).sum()).backward()
lstm.weight_hh_l0.grad
x.grad
