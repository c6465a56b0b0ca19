import numpy as np
import torch

rng = np.random.default_rng(seed=3)
np.random.seed(1)
X = torch.tensor(rng.normal(size=(5, 2)), dtype=torch.float32)
y = torch.as_tensor(np.random.rand(5)).float()
w = torch.zeros(2, requires_grad=True)
loss = ((X @ w - y) ** 2).mean()
loss.backward()
np_grad = 2 / 5 * X.numpy().T @ (X.numpy() @ np.zeros(2, dtype=np.float32) - y.numpy())
print(np.allclose(np_grad, w.grad.numpy()))
np.round(w.grad.numpy(), 4)
