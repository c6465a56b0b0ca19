import torch
out = torch.relu(torch.nn.LSTM(2, 3)(torch.ones(4, 1, 2)))
