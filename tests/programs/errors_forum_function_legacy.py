import torch
class Sq(torch.autograd.Function):
    def forward(self, x):
        return x * x
    def backward(self, g):
        return g
y = Sq()(torch.ones(1, requires_grad=True))
