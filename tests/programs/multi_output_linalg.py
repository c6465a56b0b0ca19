import torch

A = torch.tensor([[4.0, 1.0], [1.0, 3.0]], dtype=torch.float64, requires_grad=True)
evals, evecs = torch.linalg.eigh(A)
Q, R = torch.linalg.qr(A)
sign, logdet = torch.linalg.slogdet(A)
L = torch.linalg.cholesky(A)
x = torch.linalg.solve(A, torch.tensor([1.0, 2.0], dtype=torch.float64))
(evals[0] + R.diagonal().sum() + logdet + L.sum() + x.sum()).backward()
A.grad
