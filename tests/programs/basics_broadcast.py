import torch

row = torch.arange(3, dtype=torch.float32).requires_grad_()
column = torch.tensor([[10.0], [20.0]], requires_grad=True)
table = column * row
print(table.shape)
loss = table.mean()
loss.backward()
row.grad
column.grad
