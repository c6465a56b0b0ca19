import torch

m = torch.tensor([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]], requires_grad=True)
values, indices = m.max(dim=1)
ordered, order = m.sort(dim=1)
top = torch.topk(m, 2)
kth = m.kthvalue(2, dim=0)
lo, hi = torch.aminmax(m)
loss = values.sum() + ordered[:, 0].prod() + top.values.sum() + kth.values.sum() + hi - lo
loss.backward()
print(indices, order, top.indices)
m.grad
