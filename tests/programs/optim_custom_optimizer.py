import torch


class SignSGD(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad.sign(), alpha=-group["lr"])


w = torch.nn.Parameter(torch.tensor([0.35, -0.2]))
opt = SignSGD([w])
for _ in range(3):
    opt.zero_grad()
    w.square().sum().backward()
    opt.step()
w
