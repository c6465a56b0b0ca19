import torch
import torch.nn as nn
pred = nn.Linear(2, 1)(torch.ones(3, 2))
target = torch.tensor([1, 0, 1])
loss = nn.MSELoss()(pred.squeeze(1), target)
loss.backward()
loss = nn.BCELoss()(torch.sigmoid(pred.squeeze(1)), target)
