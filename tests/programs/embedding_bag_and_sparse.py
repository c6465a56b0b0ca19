import torch
from torch import nn

torch.manual_seed(1)
bag = nn.EmbeddingBag(5, 2, mode="mean")
out = bag(torch.tensor([0, 1, 1, 4]), torch.tensor([0, 2]))
out.sum().backward()
print(bag.weight.grad)
sparse = nn.Embedding(4, 2, sparse=True)
sparse(torch.tensor([2, 2, 0])).sum().backward()
print(sparse.weight.grad.is_sparse)
dense_view = sparse.weight.grad.to_dense()
dense_view
