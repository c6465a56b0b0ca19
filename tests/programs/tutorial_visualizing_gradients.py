import torch
import torch.nn as nn
from collections import defaultdict


def fc_layer(in_size, out_size, norm_layer):
    if norm_layer == nn.Identity:
        return nn.Sequential(nn.Linear(in_size, out_size), nn.Sigmoid())
    return nn.Sequential(nn.Linear(in_size, out_size), norm_layer(out_size), nn.Sigmoid())


class Net(nn.Module):
    def __init__(self, *args, **kwargs):
        super(Net, self).__init__()
        self.num_layers = 3
        self.layers = nn.Sequential(*[fc_layer(4, 4, kwargs["norm_layer"]) for _ in range(self.num_layers)], nn.Linear(4, 1))

    def forward(self, x):
        return self.layers(x)


def hook_forward(module_name, grads, hook_backward):
    def hook(module, args, output):
        output.register_hook(hook_backward(module_name, grads))
    return hook


def hook_backward(module_name, grads):
    def hook(grad):
        grads.append((module_name, grad))
    return hook


def get_all_layers(model, hook_forward, hook_backward):
    layers = dict()
    grads = []
    for name, layer in model.named_modules():
        if any(layer.children()) is False:
            layer.register_forward_hook(hook_forward(name, grads, hook_backward))
    return layers, grads


torch.manual_seed(10)
x, y = torch.randn(6, 4), torch.randn(6, 1)
loss_fn = nn.MSELoss()
for norm in (nn.BatchNorm1d, nn.Identity):
    model = Net(norm_layer=norm)
    layers, grads = get_all_layers(model, hook_forward, hook_backward)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
    stats = defaultdict(list)
    for name, g in grads:
        stats[name].append(round(g.abs().mean().item(), 6))
    print(dict(stats))

x = torch.tensor([3.], requires_grad=True)
w = torch.tensor([1., 2., 3.], requires_grad=True)
b = torch.tensor([4.], requires_grad=True)
z = x @ w if False else (x * w).sum()
t = torch.relu(z + b)
z.retain_grad(); t.retain_grad()
t.backward()
print(z.grad, t.grad, z.is_leaf, z.retains_grad)
