import torch
w = torch.tensor(1.0, requires_grad=True)
lr = torch.tensor(0.1, requires_grad=True)
x = w
for _ in range(3):
    loss = (x - 3) ** 2
    g, = torch.autograd.grad(loss, x, create_graph=True)
    x = x - lr * g
final = (x - 3) ** 2
final.backward()
print(lr.grad, w.grad)
p = w.detach().clone().requires_grad_()
p2 = p.clone()
opt = torch.optim.SGD([p2], lr=0.1, differentiable=True) if p2.is_leaf else None
q = torch.nn.Parameter(torch.ones(2))
opt = torch.optim.Adam([q], lr=0.1)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.5, total_steps=4)
for _ in range(3):
    def closure():
        opt.zero_grad()
        loss = (q ** 2).sum()
        loss.backward()
        return loss
    value = opt.step(closure)
    sched.step()
    print(value.item(), sched.get_last_lr()[0])
opt.add_param_group({'params': torch.nn.Parameter(torch.zeros(1)), 'lr': 1.0})
