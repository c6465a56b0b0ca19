import torch
from torch import nn, optim

torch.manual_seed(1)
X = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float32)
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())
opt = optim.Adam(model.parameters(), lr=0.1)
criterion = nn.BCELoss()
for step in range(12):
    opt.zero_grad()
    loss = criterion(model(X), Y)
    loss.backward()
    opt.step()
print("%.6f" % loss.item())
predictions = (model(X) > 0.5).int()
predictions
