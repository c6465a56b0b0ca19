import torch

x = torch.randn(3, generator=torch.manual_seed(1), requires_grad=True)
y = x.pow(2)
print(torch.equal(x, y.grad_fn._saved_self), y.grad_fn._saved_exponent)
z = x.exp()
print(torch.equal(z, z.grad_fn._saved_result))
(y + z).sum().backward()
try:
    y.grad_fn._saved_self
except RuntimeError:
    print("freed")
