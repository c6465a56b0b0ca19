import warnings
warnings.simplefilter("ignore")
import torch
a=torch.nested.nested_tensor([torch.ones(2,3),torch.ones(4,3)],requires_grad=True)
b=torch.nested.to_padded_tensor(a*2,0.)
b.sum().backward()
print(a.grad)
