import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import numpy as np
with open("r.bin", "wb") as f:
    f.write(np.array([3, 2, 1], dtype=np.float32).tobytes())
r = torch.from_numpy(np.fromfile("r.bin", dtype=np.float32))
(x * r).sum().backward()
print(x.grad)
