import torch
x = torch.randn(6, 6, requires_grad=True)
y = x * 3
z = y + 1
with torch.no_grad():
    torch.mul(x, 2, out=y)
    buf = torch.empty(6, 6)
    torch.add(x, 1, out=buf)
w = z.sum() + buf.sum()
w.backward()
print(y[0, 0] == 2 * x[0, 0], x.grad[0])
