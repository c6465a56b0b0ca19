import torch
from torch.autograd import functional as AF
def pow_adder_reducer(x, y):
    return (2 * x.pow(2) + 3 * y.pow(2)).sum()
def exp_reducer(x):
    return x.exp().sum(dim=1)
inputs = torch.rand(2, 2, requires_grad=True)
J = AF.jacobian(exp_reducer, inputs)
Jc = AF.jacobian(exp_reducer, inputs, create_graph=True)
Jv = AF.jacobian(exp_reducer, inputs, vectorize=True)
Jf = AF.jacobian(exp_reducer, inputs, vectorize=True, strategy='forward-mode')
a, b = torch.rand(2), torch.rand(2)
H = AF.hessian(pow_adder_reducer, (a, b))
out, vj = AF.vjp(exp_reducer, inputs, torch.ones(2))
out2, jv = AF.jvp(exp_reducer, inputs, torch.ones(2, 2))
o, vh = AF.vhp(lambda x: x.pow(3).sum(), a, torch.ones(2))
o2, hv = AF.hvp(lambda x: x.pow(3).sum(), a, torch.ones(2))
print(J, H[0][1], vj, jv, vh, hv)
Jc.sum().backward()
print(inputs.grad)
print(torch.autograd.gradcheck(lambda t: (t * t).sum(), torch.rand(3, dtype=torch.float64, requires_grad=True)))
