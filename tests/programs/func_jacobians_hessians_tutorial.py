import torch
import torch.nn.functional as F
from functools import partial
from torch.func import vmap, vjp, jacrev, jacfwd, hessian

_ = torch.manual_seed(0)


def predict(weight, bias, x):
    return F.linear(x, weight, bias).tanh()


D = 4
weight = torch.randn(D, D)
bias = torch.randn(D)
x = torch.randn(D)
xp = x.clone().requires_grad_()
unit_vectors = torch.eye(D)


def compute_jac(xp):
    jacobian_rows = [torch.autograd.grad(predict(weight, bias, xp), xp, vec)[0] for vec in unit_vectors]
    return torch.stack(jacobian_rows)


jacobian = compute_jac(xp)
print(jacobian.shape)
_, vjp_fn = vjp(partial(predict, weight, bias), x)
ft_jacobian, = vmap(vjp_fn)(unit_vectors)
assert torch.allclose(ft_jacobian, jacobian)
a = jacrev(predict, argnums=2)(weight, bias, x)
b = jacfwd(predict, argnums=2)(weight, bias, x)
hess = hessian(predict, argnums=2)(weight, bias, x)
rev_jacs = jacrev(predict, argnums=(0, 1))(weight, bias, x)
batch_size = 3
batched_x = torch.randn(batch_size, D)
batch_jac = vmap(jacrev(predict, argnums=2), in_dims=(None, None, 0))(weight, bias, batched_x)
batch_hess = vmap(hessian(predict, argnums=2), in_dims=(None, None, 0))(weight, bias, batched_x)


def predict_with_output_summed(weight, bias, x):
    return predict(weight, bias, x).sum(0)


batch_jac2 = jacrev(predict_with_output_summed, argnums=2)(weight, bias, batched_x).movedim(1, 0)
assert torch.allclose(batch_jac, batch_jac2, atol=1e-6)


def hvp(f, primals, tangents):
    return torch.func.jvp(torch.func.grad(f), primals, tangents)[1]


def f(x):
    return x.sin().sum()


tangent = torch.randn(8)
result = hvp(f, (torch.randn(8),), (tangent,))
jac_auto = torch.autograd.functional.jacobian(lambda v: predict(weight, bias, v), x, vectorize=True)
h_auto = torch.autograd.functional.hessian(lambda v: predict(weight, bias, v).sum(), x, create_graph=True)
