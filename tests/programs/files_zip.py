import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import zipfile
with zipfile.ZipFile("d.zip", "w") as z:
    z.writestr("a.txt", "1 2 3")
with zipfile.ZipFile("d.zip") as z:
    z.extractall("out")
v = torch.tensor([float(n) for n in open("out/a.txt").read().split()])
(x * v).sum().backward()
print(x.grad)
