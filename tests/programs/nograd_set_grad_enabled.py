import torch

x = torch.tensor([1.0], requires_grad=True)
for is_train in (True, False):
    with torch.set_grad_enabled(is_train):
        y = x * 2
    print(is_train, y.requires_grad)
torch.set_grad_enabled(False)
off = x * 3
torch.set_grad_enabled(True)
on = x * 4
on.backward()
x.grad
