import torch

a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(5.0, requires_grad=True)
c = a * b
c.backward(inputs=[a])
print(a.grad, b.grad)
