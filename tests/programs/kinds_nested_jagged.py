import warnings
warnings.simplefilter("ignore")
import torch
a=torch.nested.nested_tensor([torch.ones(2,3),torch.ones(4,3)],layout=torch.jagged,requires_grad=True)
b=(a*2)
print(b.values().sum())
b.values().sum().backward()
print(a.grad.values())
