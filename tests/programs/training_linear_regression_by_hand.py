import torch

torch.manual_seed(0)
X = torch.randn(20, 2)
y = X @ torch.tensor([[2.0], [-3.4]]) + 4.2 + 0.01 * torch.randn(20, 1)
w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)


def data_iter(batch_size):
    order = torch.randperm(len(X))
    for i in range(0, len(X), batch_size):
        j = order[i : i + batch_size]
        yield X[j], y[j]


for epoch in range(3):
    for xb, yb in data_iter(10):
        l = ((xb @ w + b - yb) ** 2 / 2).mean()
        l.backward()
        with torch.no_grad():
            for p in [w, b]:
                p -= 0.5 * p.grad
                p.grad.zero_()
    print(f"epoch {epoch + 1}, loss {float(((X @ w + b - y) ** 2).mean()):.5f}")
