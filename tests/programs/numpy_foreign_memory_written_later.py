import numpy as np
import torch
arr = np.arange(40, dtype=np.float32)
t = torch.from_numpy(arr)
w = torch.ones(40, requires_grad=True)
y = t * w
v = t.view(5, 8)
z = (v * w.view(5, 8)).sum()
arr[:] = 7
z2 = (v * w.view(5, 8)).sum()
try:
    z.backward()
except RuntimeError as e:
    print(e)
print(w.grad)
w.grad = None
z2.backward()
big = np.zeros(2000, dtype=np.float32)
b = torch.as_tensor(big)
half = b[:1000].reshape(10, 100)
k = (half * 2 + w[0])
big += 5
k.sum().backward()
buf = bytearray(80)
f = torch.frombuffer(buf, dtype=torch.float32)
g = f + w[:20]
buf[:4] = b'\x00\x00\x80\x3f'
g.sum().backward()
d = w.detach().numpy()
m = w * 2
d[0] = 100.
m.sum().backward()
n = (w * w).sum()
