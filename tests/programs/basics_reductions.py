import torch

x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
pieces = {
    "sum": x.sum(0),
    "mean": x.mean(1, keepdim=True),
    "prod": x.prod(1),
    "var": x.var(0),
    "std": x.std(),
    "norm": x.norm(),
    "logsumexp": x.logsumexp(1),
    "cumsum": x.cumsum(1),
    "amax": x.amax(0),
    "median": x.median(),
}
for name, piece in pieces.items():
    (g,) = torch.autograd.grad(piece.sum(), x, retain_graph=True)
    print(f"{name:>10}", g.flatten().tolist())
