import torch
kept = {}
def keep(name):
    def hook(grad):
        kept[name] = grad
    return hook
x = torch.randn(4, 8, requires_grad=True)
h = (x * 2).tanh()
h.register_hook(keep('h'))
h.retain_grad()
y = h.pow(2)
y.register_hook(keep('y'))
loss = y.mean()
loss.backward()
kept['h'] /= kept['h'].abs().max()
kept['y'].zero_()
h.grad.mul_(100)
print(kept['h'].max(), h.grad.abs().max())
