import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
x.sum().backward()
with open("a.txt", "w") as f:
    f.write("1")
open("a.txt", "x")
