import torch

x = torch.arange(6.0, requires_grad=True)
y = x * 2
v = y.view(2, 3)
print(v._base is y, v.data_ptr() == y.data_ptr(), y._version)
v[0, 0] = 7.0
print(y._version, v._version, y.grad_fn, v.grad_fn)
print(y.untyped_storage().size(), v.is_contiguous(), v.t().is_contiguous(), v.stride())
same = y.detach()
same.mul_(10)
print(y)
print(y._version)
loss = v.sum() + y[1:4].prod()
loss.backward()
print(x.grad)
w = torch.ones(3, requires_grad=True)
z = w.exp()
z.detach().zero_()
try:
    z.sum().backward()
except RuntimeError as e:
    print("error:", str(e)[:60])
print(id(x) == id(x), x is x.data, x.data.data_ptr() == x.data_ptr())
p = torch.nn.Parameter(torch.zeros(2))
p.data = torch.tensor([3.0, 4.0])
(p * p).sum().backward()
print(p.grad, p.untyped_storage().nbytes())
p.data.fill_(1.0)
(p**3).sum().backward()
print(p.grad)
