import warnings
warnings.simplefilter("ignore")
import torch
x=torch.eye(3).to_sparse_csr()
w=torch.ones(3,2,requires_grad=True)
(x@w).sum().backward()
print(w.grad,x)
