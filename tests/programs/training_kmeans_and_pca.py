import torch

torch.manual_seed(8)
data = torch.cat([torch.randn(5, 2), torch.randn(5, 2) + 4])
centers = data[[0, 9]].clone().requires_grad_()
distances = torch.cdist(data, centers)
loss = distances.min(dim=1).values.sum()
loss.backward()
U, S, V = torch.linalg.svd(data - data.mean(0), full_matrices=False)
print(S.shape, distances.argmin(1).tolist())
centers.grad
