"""Tensors whose gradient is of zeros, of nan or infinite."""

CASES = """
zero_hook x 2
x = torch.tensor(0.3, requires_grad=True)
x.register_hook(lambda g: g * 0)
(x * 2).backward()
---
zero_cancelled x 2
x = torch.tensor([0., 1.], requires_grad=True)
p = torch.softmax(x, 0)
p.sum().backward()
---
zero_saturated x 2
x = torch.tensor([0., 200.], requires_grad=True)
p = torch.softmax(x, 0)
p[0].backward()
---
nan_where x 2
x = torch.tensor(0., requires_grad=True)
y = torch.where(x > 0, x / x, torch.tensor(1.))
y.backward()
---
zero_relu a 2
a = torch.tensor([-2., -3.], requires_grad=True)
b = torch.relu(a)
b.sum().backward()
---
zero_relu a 3
a = torch.tensor([2., 3.], requires_grad=True)
z = -a
torch.nn.functional.relu(z).sum().backward()
---
zero_clamp a 2
a = torch.tensor([7., 8.], requires_grad=True)
b = a.clamp(0, 1)
b.sum().backward()
---
zero_saturated a 2
a = torch.tensor([60., -200.], requires_grad=True)
b = torch.sigmoid(a)
b.sum().backward()
---
zero_saturated a 2
a = torch.tensor(30., requires_grad=True)
b = torch.tanh(a)
b.backward()
---
zero_flat a 2
a = torch.tensor([1.4, 2.6], requires_grad=True)
b = a.round()
b.sum().backward()
---
zero_flat a 2
a = torch.tensor([1.4, 2.6], requires_grad=True)
b = torch.sign(a)
b.sum().backward()
---
zero_not_chosen b 3
a = torch.tensor(9., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
c = torch.maximum(a, b)
c.backward()
---
zero_masked a 2
a = torch.tensor([1., 2.], requires_grad=True)
b = torch.where(torch.tensor([False, False]), a, 0.)
b.sum().backward()
---
zero_factor a 3
a = torch.tensor(2., requires_grad=True)
z = torch.tensor(0.)
(a * z).backward()
---
zero_upstream a 3
a = torch.tensor([1., 2.], requires_grad=True)
b = a * 3
b.backward(torch.zeros(2))
---
nan_where a 2
a = torch.tensor([0., 4.], requires_grad=True)
b = torch.where(a > 0, a.sqrt(), torch.zeros(2))
b.sum().backward()
---
nan_forward a 2
a = torch.tensor([-1., 4.], requires_grad=True)
b = a.log()
(b * b).sum().backward()
---
infinite a 2
a = torch.tensor([0., 4.], requires_grad=True)
b = a.sqrt()
b.sum().backward()
---
nan_local a 3
a = torch.tensor([0., 4.], requires_grad=True)
z = torch.tensor([0., 1.])
(a.sqrt() * z).sum().backward()
---
zero_sum x 2
x = torch.tensor([1., 2.], requires_grad=True)
y = x - x
y.sum().backward()
---
zero_sum w 3
w = torch.tensor(3., requires_grad=True)
u = w * 2
y = u * 5 - u * 5
y.backward()
---
zero_added x 3
x = torch.tensor(2., requires_grad=True)
(x * 3).backward()
(x * -3).backward()
"""
