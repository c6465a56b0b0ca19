import torch
w = torch.tensor(5.0, requires_grad=True)
steps = 0
while abs(w.item() - 1) > 0.1:
    loss = (w - 1) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.2 * w.grad
    w.grad.zero_()
    steps += 1
print(steps, w)
