import torch
from torch.nn.utils import parametrize,parametrizations
l=parametrizations.weight_norm(torch.nn.Linear(3,3))
l(torch.ones(1,3)).sum().backward()
print([n for n,p in l.named_parameters()])
class S(torch.nn.Module):
  def forward(s,X): return X.triu()+X.triu(1).T
m=torch.nn.Linear(3,3);parametrize.register_parametrization(m,'weight',S())
m(torch.ones(1,3)).sum().backward()
print(m.parametrizations.weight.original.grad)
