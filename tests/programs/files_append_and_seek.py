import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
for n in range(2):
    with open("a.txt", "a") as f:
        f.write(f"{n}\n")
with open("a.txt", "r+") as f:
    f.seek(2)
    f.write("7")
    f.seek(0)
    lines = f.read().splitlines()
print(lines)
(x * float(lines[1])).sum().backward()
print(x.grad)
