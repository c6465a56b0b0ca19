import torch
import torch.autograd.forward_ad as fwAD

x = torch.tensor([0.3, 0.6], requires_grad=True)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.tensor([1.0, -1.0]))
    y = (d**3).sum()
    (g,) = torch.autograd.grad(y, d, create_graph=True)
    hvp = fwAD.unpack_dual(g).tangent.detach().clone()
print(hvp)
