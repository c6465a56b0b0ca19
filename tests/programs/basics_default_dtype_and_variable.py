import torch
from torch.autograd import Variable
torch.set_default_dtype(torch.float64)
x = Variable(torch.ones(2, 2), requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
out.backward()
print(x.grad, out.data, x.data[0, 0], out.grad_fn is not None, y.creator if hasattr(y, 'creator') else None)
torch.set_default_dtype(torch.float32)
v = Variable(torch.Tensor([1, 2]), requires_grad=True)
gradients = torch.FloatTensor([0.1, 1.0])
(v * 2).backward(gradients)
print(v.grad.data, v.type(), v.is_leaf)
torch.set_printoptions(precision=2, sci_mode=False)
print(torch.rand(2, generator=torch.Generator().manual_seed(1)) * 1000)
s = torch.scalar_tensor(3.0, requires_grad=True)
b = torch.as_tensor(s) ** 2 + torch.asarray([1.0])[0]
b.backward()
w = torch.from_numpy(__import__('numpy').arange(3.)).requires_grad_()
torch.tensor(w.tolist()).sum()
(w.cumsum(0) * w.cumprod(0)).sum().backward()
