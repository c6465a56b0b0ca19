import torch

weights = [torch.full((2,), float(i), requires_grad=True) for i in range(3)]
named = {"a": torch.tensor(2.0, requires_grad=True), "b": torch.tensor(3.0, requires_grad=True)}
nested = {"layers": weights, "pair": (named["a"], named["b"])}
total = sum((w * (i + 1)).sum() for i, w in enumerate(nested["layers"])) * nested["pair"][0] + named["b"] ** 2
total.backward()
for i, w in enumerate(weights):
    print(i, w.grad)
print({k: v.grad.item() for k, v in named.items()})
