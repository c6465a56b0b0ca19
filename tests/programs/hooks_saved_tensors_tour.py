import torch
import torch.nn as nn
x = torch.randn(5, requires_grad=True)
y = x.pow(2)
print(x.equal(y.grad_fn._saved_self))
print(x is y.grad_fn._saved_self)
y = x.exp()
print(y.equal(y.grad_fn._saved_result))
print(y is y.grad_fn._saved_result)

class MultiplyBy2Logger:
    count = 0
    def pack(self, x):
        self.count += 1
        return x * 2
    def unpack(self, x):
        return x / 2

logger = MultiplyBy2Logger()
a = torch.ones(5, requires_grad=True)
b = torch.ones(5, requires_grad=True) * 2
with torch.autograd.graph.saved_tensors_hooks(logger.pack, logger.unpack):
    y = a * b
y.sum().backward()
print(logger.count, a.grad)

class SaveOnStore:
    store = {}
def pack_hook(tensor):
    name = f"t{len(SaveOnStore.store)}"
    SaveOnStore.store[name] = tensor.clone()
    print("Packing", tuple(tensor.shape))
    return name
def unpack_hook(name):
    print("Unpacking", name)
    return SaveOnStore.store[name]

model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
with torch.autograd.graph.saved_tensors_hooks(pack_hook, unpack_hook):
    out = model(torch.randn(2, 4)).sum()
out.backward()
with torch.autograd.graph.save_on_cpu():
    z = (x * a).prod()
z.backward()
z2 = (x * 3).sin().sum()
z2.backward()
z2.grad_fn.next_functions[0][0].metadata["note"] = 1
