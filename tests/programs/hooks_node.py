import torch

a = torch.tensor(2.0, requires_grad=True)
b = a.exp()
names = []
b.grad_fn.register_hook(lambda gi, go: names.append((len(gi), go[0].item())))
b.grad_fn.register_prehook(lambda go: (go[0] * 10,))
b.backward()
print(names, a.grad)
