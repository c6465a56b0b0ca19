import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
shapes = {}


def save(name):
    def hook(module, inputs, output):
        shapes[name] = tuple(output.shape)
    return hook


for name, layer in net.named_children():
    layer.register_forward_hook(save(name))
net[2].register_full_backward_hook(lambda m, gi, go: print("backward", gi[0].shape, go[0].shape))
net(torch.randn(4, 2, requires_grad=True)).sum().backward()
print(shapes)
net[0].bias.grad
