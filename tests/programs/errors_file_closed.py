import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
with open("a", "w") as f:
    f.write("1")
x.sum().backward()
f.write("2")
