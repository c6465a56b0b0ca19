import torch
x = torch.rand(4, requires_grad=True)
y = x * 1
for name in 'sqrt_ exp_ log_ neg_ abs_ sigmoid_ tanh_ relu_ sin_ cos_ reciprocal_ square_ erf_'.split():
    each = x + 0.1
    assert getattr(each, name)() is each
    each.sum().backward()
y.add_(1).sub_(0.5).mul_(2).div_(3).pow_(2)
y.clamp_(0.1, 5)
y.addcmul_(x, x, value=0.5).addcdiv_(x, x + 1).lerp_(x, 0.3)
z = torch.zeros(4) + x
z.masked_fill_(x > 0.5, 3.0)
z.index_fill_(0, torch.tensor([0]), 2.0)
z.index_add_(0, torch.tensor([1, 1]), y[:2])
z.scatter_(0, torch.tensor([3]), y[3:])
z.scatter_add_(0, torch.tensor([2, 2]), y[1:3])
z.index_copy_(0, torch.tensor([1]), y[:1])
z.masked_scatter_(torch.tensor([True, False, False, True]), y[:2] * 2)
m = torch.zeros(2, 2) + x.view(2, 2)
m.t_().triu_().transpose_(0, 1).unsqueeze_(0).squeeze_(0).swapaxes_(0, 1)
m.addmm_(torch.eye(2), x.reshape(2, 2))
m.mul_(1.5).zero_().add_(x[:2])
(y.sum() + z.sum() + m.sum()).backward()
k = x.detach().clone().requires_grad_()
k2 = k * 1.0
k2 @= torch.eye(4)
k2 **= 2
k2 -= k
k2 /= 2
k2 %= 3
k2.sum().backward()
