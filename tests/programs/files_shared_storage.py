import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
pair = (x.detach()[:2], x.detach()[1:])
torch.save(pair, "p.pt")
a, b = torch.load("p.pt")
a[1] = 9.
print(a, b)
(x[:2] * a).sum().backward()
