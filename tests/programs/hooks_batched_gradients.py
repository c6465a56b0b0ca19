import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x**2
handle = y.register_hook(lambda grad: print("hook", grad.sum()))
y.sum().backward()
print(x.grad)
handle.remove()
rows = torch.autograd.grad(x**3, x, torch.eye(3), is_grads_batched=True)
print(rows[0])
