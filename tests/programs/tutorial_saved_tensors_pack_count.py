import torch
import torch.nn as nn

x = torch.randn(5, requires_grad=True)
y = x.pow(2)
print(x.equal(y.grad_fn._saved_self))
print(x is y.grad_fn._saved_self)
y = x.exp()
print(y.equal(y.grad_fn._saved_result))
print(y is y.grad_fn._saved_result)


def pack_hook(x):
    print("Packing", x.shape)
    return x.numpy() if not x.requires_grad else x.detach().numpy().copy()


def unpack_hook(x):
    print("Unpacking", x.shape)
    return torch.from_numpy(x)


a = torch.ones(5, requires_grad=True)
b = torch.ones(5, requires_grad=True) * 2
with torch.autograd.graph.saved_tensors_hooks(pack_hook, unpack_hook):
    y = a * b
y.sum().backward()
print(a.grad)


class SelfDeletingDict:
    def __init__(self):
        self.kept = {}

    def pack(self, tensor):
        self.kept[len(self.kept)] = tensor
        return len(self.kept) - 1

    def unpack(self, key):
        return self.kept[key]


box = SelfDeletingDict()
x = torch.randn(5, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(box.pack, box.unpack):
    y = x.pow(2)
y.sum().backward()
print(len(box.kept), x.grad - 2 * x)

a = torch.randn(3, requires_grad=True)
with torch.autograd.graph.save_on_cpu():
    z = (a.exp() * a).sin()
z.sum().backward()
with torch.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
    w = a.exp()
w.sum().backward()
