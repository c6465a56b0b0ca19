import torch

w = torch.tensor(0.0, requires_grad=True)
history = []
for epoch in range(60):
    loss = (w - 3) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
    if epoch % 20 == 0:
        history.append(loss.item())
print(history, w)
