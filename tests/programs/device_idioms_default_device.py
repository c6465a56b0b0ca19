import torch

torch.set_default_device("cpu")
x = torch.ones(3, requires_grad=True)
y = (x * 2).sum()
y.backward()
with torch.device("cpu"):
    z = torch.zeros(2, requires_grad=True)
    (z + 1).prod().backward()
torch.set_default_device(None)
w = torch.ones(2, requires_grad=True)
(w.exp() * 2).sum().backward()
with torch.device("meta"):
    m = torch.nn.Linear(3, 3)
print(m.weight.is_meta, w.grad, z.grad)
del m
print(torch.get_default_device())
