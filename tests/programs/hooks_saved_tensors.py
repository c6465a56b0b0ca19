import torch

packed = []


def pack(t):
    packed.append(t.shape)
    return t.double()


def unpack(t):
    return t.float()


x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = (x * x).exp()
y.sum().backward()
print(len(packed), x.grad)
