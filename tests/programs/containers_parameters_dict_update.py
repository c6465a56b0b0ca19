import torch

torch.manual_seed(2)
params = {
    "W1": torch.randn(2, 3) * 0.1, "b1": torch.zeros(3),
    "W2": torch.randn(3, 1) * 0.1, "b2": torch.zeros(1),
}
for v in params.values():
    v.requires_grad_(True)
x, y = torch.randn(5, 2), torch.randn(5, 1)
for _ in range(2):
    h = torch.relu(x @ params["W1"] + params["b1"])
    loss = (h @ params["W2"] + params["b2"] - y).pow(2).mean()
    grads = torch.autograd.grad(loss, list(params.values()))
    params = {k: (v - 0.1 * g).detach().requires_grad_() for (k, v), g in zip(params.items(), grads)}
print({k: v.norm().item() for k, v in params.items()})
