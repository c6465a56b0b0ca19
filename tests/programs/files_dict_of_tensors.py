import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
torch.save({"a": x.detach(), "b": [torch.ones(2), 3]}, "d.pt")
d = torch.load("d.pt")
(x * d["a"]).sum().backward()
print(sorted(d), d["b"], x.grad)
