import numpy as np
import torch

a = np.array([[1.0, 2.0], [3.0, 4.0]])
x = torch.from_numpy(a).requires_grad_()
y = (x @ x).trace()
y.backward()
b = x.detach().numpy()
b[0, 0] = 100.0
print(a[0, 0], y.item(), np.linalg.norm(x.grad.numpy()))
x.grad
