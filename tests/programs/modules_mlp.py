import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(42)


class Net(nn.Module):
    def __init__(self, width=5):
        super().__init__()
        self.fc1 = nn.Linear(4, width)
        self.fc2 = nn.Linear(width, 3)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return self.fc2(x)


net = Net()
data = torch.randn(6, 4)
labels = torch.tensor([0, 1, 2, 0, 1, 2])
loss = F.cross_entropy(net(data), labels)
loss.backward()
for name, p in net.named_parameters():
    print(name, tuple(p.shape), p.grad.norm().item())
