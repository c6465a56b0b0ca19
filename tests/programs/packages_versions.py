import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
from importlib.metadata import PackageNotFoundError, version
print(version("torch") == torch.__version__, version("numpy").count("."))
try:
    version("no-such-package")
except PackageNotFoundError:
    print("none")
x.sum().backward()
