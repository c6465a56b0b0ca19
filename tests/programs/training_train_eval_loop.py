import torch
import torch.nn as nn

torch.manual_seed(3)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.ReLU(),
                                   nn.Dropout(0.3), nn.Linear(8, 3))

    def forward(self, x):
        return self.stack(x)


def train(model, loss_fn, optimizer):
    model.train()
    for batch in range(2):
        X, y = torch.randn(6, 1, 4, 4), torch.randint(0, 3, (6,))
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


def test(model, loss_fn):
    model.eval()
    with torch.no_grad():
        X, y = torch.randn(5, 1, 4, 4), torch.randint(0, 3, (5,))
        out = model(X)
        return loss_fn(out, y).item(), (out.argmax(1) == y).float().mean().item()


model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(2):
    print(epoch, train(model, nn.CrossEntropyLoss(), optimizer), test(model, nn.CrossEntropyLoss()))
