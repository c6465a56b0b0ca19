import numpy as np
import torch

np.random.seed(0)
W1, W2 = np.random.randn(3, 4), np.random.randn(4, 1)
x = np.array([[1.0, -1.0, 0.5]])
h = np.maximum(0, x @ W1)
g2 = h.T @ np.ones((1, 1))
g1 = x.T @ ((np.ones((1, 1)) @ W2.T) * (h > 0))
T1, T2 = torch.tensor(W1, requires_grad=True), torch.tensor(W2, requires_grad=True)
out = torch.relu(torch.tensor(x) @ T1) @ T2
out.backward()
print(np.abs(T1.grad.numpy() - g1).max() < 1e-12, np.abs(T2.grad.numpy() - g2).max() < 1e-12)
