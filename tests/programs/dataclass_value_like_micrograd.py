from dataclasses import dataclass

import torch


@dataclass
class Neuron:
    w: torch.Tensor
    b: torch.Tensor
    nonlin: bool = True

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.tanh() if self.nonlin else act

    @property
    def parameters(self):
        return [self.w, self.b]


n = Neuron(torch.tensor([-3.0, 1.0], requires_grad=True), torch.tensor(6.8813735870195432, requires_grad=True))
o = n(torch.tensor([2.0, 0.0]))
o.backward()
print(o.item(), [p.grad for p in n.parameters])
