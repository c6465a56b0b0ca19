import torch
from torch.func import vmap, grad, jacrev, jacfwd, hessian, vjp, jvp, functional_call, stack_module_state
torch.manual_seed(0)
x = torch.randn(3, 2, requires_grad=True)
y = vmap(lambda v: (v ** 2).sum())(x)
y.sum().backward()
print(x.grad)
m = vmap(torch.dot, in_dims=(0, None))(x, torch.ones(2))
n = vmap(lambda a: vmap(lambda b: a * b)(x[0]))(x[:, 0])
(m.sum() + n.sum()).backward()
r = vmap(lambda v: v + torch.rand(2), randomness='different')(x.detach())
q = vmap(lambda v: v * torch.rand(2), randomness='same', chunk_size=2)(x)
q.mean().backward()
p = {'w': torch.randn(2, 2, requires_grad=True), 'b': torch.zeros(2, requires_grad=True)}


def loss(p, v):
    return torch.tanh(v @ p['w'] + p['b']).sum()


g = grad(loss)(p, x[0].detach())
gs = vmap(grad(loss), in_dims=(None, 0))(p, x.detach())
sum(t.pow(2).sum() for t in gs.values()).backward()
print(p['w'].grad.shape, {k: tuple(v.shape) for k, v in gs.items()})
J = jacrev(loss)(p, x[1].detach())
H = hessian(lambda v: (v ** 3).sum())(x[2])
H.sum().backward()
out, vjp_fn, aux = vjp(lambda v: (v.sin(), v.cos()), x[0], has_aux=True)
ct, = vjp_fn(torch.ones(2))
ct.sum().backward()
