import torch

x = torch.tensor(1.0, requires_grad=True)
y = x.cos()
y.grad_fn.metadata["note"] = "cosine"
y.backward()
print(y.grad_fn.metadata, y.grad_fn.name(), y.output_nr, y._version)
