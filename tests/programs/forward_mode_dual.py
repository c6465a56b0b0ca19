import torch
import torch.autograd.forward_ad as fwAD

primal = torch.tensor([1.0, 2.0])
tangent = torch.tensor([1.0, 0.0])
with fwAD.dual_level():
    dual = fwAD.make_dual(primal, tangent)
    result = dual.sin() * dual
    value, derivative = fwAD.unpack_dual(result)
    derivative = derivative.clone()
x = primal.clone().requires_grad_()
(x.sin() * x).sum().backward()
print(derivative[0] == x.grad[0])
