import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import numpy as np
np.savez("w.npz", w=np.ones((2, 3), dtype=np.float32), b=np.zeros(2))
z = np.load("w.npz")
print(sorted(z.files), z["b"])
(torch.tensor(z["w"]) @ x).sum().backward()
print(x.grad)
