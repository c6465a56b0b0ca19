import torch
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    a = torch.ones(2, 3, requires_grad=True)
    b = a.clone()
    out = (b ** 2).sum()
    b.sin_()
    out.backward()
print(a.grad)
x = torch.ones(2, requires_grad=True)
with torch.autograd.graph.save_on_cpu(pin_memory=False):
    y = (x.exp() * x).sum()
y.backward()
with torch.autograd.set_multithreading_enabled(False):
    (x * x).sum().backward()
prev = torch.set_grad_enabled(False)
z = x * 2
torch.set_grad_enabled(True)
w = x * 3
w.sum().backward()
