import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
with open("log.txt", "w") as log:
    for step in range(3):
        loss = (x * x).sum()
        loss.backward()
        print(f"{step}: {loss.item():.2f}", file=log)
for line in open("log.txt"):
    print(line.rstrip())
print(x.grad)
