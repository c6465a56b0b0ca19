import math
import torch
x = torch.linspace(-math.pi, math.pi, 50)
y = torch.sin(x)
a, b, c = (torch.zeros((), requires_grad=True) for _ in range(3))
for t in range(60):
    loss = (a + b * x + c * x ** 3 - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        for p in (a, b, c):
            p -= 1e-5 * p.grad
            p.grad = None
    if t % 20 == 19:
        print(t, loss.item())
