import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import numpy as np
np.save("a.npy", np.arange(3.0, dtype=np.float32))
a = torch.from_numpy(np.load("a.npy"))
(x * a).sum().backward()
print(x.grad)
