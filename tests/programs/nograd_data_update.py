import torch

w = torch.tensor(4.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
lr = 0.05
for _ in range(2):
    loss = (w * 2 + b - 3) ** 2
    loss.backward()
    w.data -= lr * w.grad.data
    b.data = b.data - lr * b.grad
    w.grad.data.zero_()
    b.grad = None
print(w, b)
