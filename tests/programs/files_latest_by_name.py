import glob
import torch
x = torch.tensor([1., 2.], requires_grad=True)
for n in (1, 3, 2):
    torch.save({"n": n, "x": x.detach() * n}, f"ckpt-{n}.pt")
latest = sorted(glob.glob("ckpt-*.pt"))[-1]
(x * torch.load(latest)["x"]).sum().backward()
print(latest, x.grad)
