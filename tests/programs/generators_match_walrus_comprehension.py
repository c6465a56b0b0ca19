import torch

w = torch.tensor(0.5, requires_grad=True)


def activate(name, v):
    match name:
        case "relu":
            return v.relu()
        case "square" | "sq":
            return v**2
        case {"scale": s}:
            return v * s
        case _:
            return v


outs = [y for name in ("relu", "sq", {"scale": 3}, None) if (y := activate(name, w)) > 0.3]
loss = sum(outs) if (n := len(outs)) else w
loss.backward()
print(n, w.grad)
try:
    assert n == 0, "all used"
except AssertionError as e:
    print("caught", e)
finally:
    done = torch.tensor(True)
