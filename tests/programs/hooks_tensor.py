import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 3
seen = []
handle = y.register_hook(lambda g: seen.append(g.clone()))
y.sum().backward()
handle.remove()
(x * 3).sum().backward()
print(seen, x.grad)
