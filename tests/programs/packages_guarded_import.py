import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
try:
    import no_such_package
except ImportError:
    no_such_package = None
print(no_such_package)
(x * x).sum().backward()
print(x.grad)
