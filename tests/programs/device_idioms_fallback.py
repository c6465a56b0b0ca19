import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
if torch.backends.mps.is_available():
    device = torch.device("mps")
x = torch.ones(2, device=device, requires_grad=True)
w = torch.tensor([1.0, 2.0]).to(device)
y = (x * w).sum().cpu()
y.backward()
print(device, x.device, x.is_cuda)
x.grad
