import torch
import torch.autograd.forward_ad as fwAD
import torch.nn as nn
primal = torch.randn(4, 4)
tangent = torch.randn(4, 4)

def fn(x, y):
    return x ** 2 + y ** 2

with fwAD.dual_level():
    dual_input = fwAD.make_dual(primal, tangent)
    assert fwAD.unpack_dual(dual_input).tangent is tangent
    dual_input_alt = fwAD.make_dual(primal, tangent.T.clone())
    plain_tensor = torch.randn(4, 4)
    dual_output = fn(dual_input, plain_tensor)
    jvp = fwAD.unpack_dual(dual_output).tangent
assert fwAD.unpack_dual(dual_output).tangent is None
print(jvp)
model = nn.Linear(4, 4)
inp = torch.randn(3, 4)
params = {name: p for name, p in model.named_parameters()}
tangents = {name: torch.rand_like(p) for name, p in params.items()}
with fwAD.dual_level():
    for name, p in params.items():
        delattr(model, name)
        setattr(model, name, fwAD.make_dual(p, tangents[name]))
    out = model(inp)
    jvp2 = fwAD.unpack_dual(out).tangent
print(jvp2.shape)

class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, foo):
        result = torch.exp(foo)
        ctx.result = result
        return result
    @staticmethod
    def jvp(ctx, gI):
        gO = gI * ctx.result
        del ctx.result
        return gO

fn2 = Fn.apply
primal = torch.randn(5, 5, dtype=torch.double, requires_grad=True)
tangent = torch.randn(5, 5, dtype=torch.double)
with fwAD.dual_level():
    dual_input = fwAD.make_dual(primal, tangent)
    dual_output = fn2(dual_input)
    jvp = fwAD.unpack_dual(dual_output).tangent
print(torch.autograd.gradcheck(Fn.apply, (primal,), check_forward_ad=True, check_backward_ad=False))
import functorch as ft
primal0, primal1 = torch.randn(3), torch.randn(3)
tangent0, tangent1 = torch.randn(3), torch.randn(3)
primal_out, tangent_out = ft.jvp(fn, (primal0, primal1), (tangent0, tangent1))
