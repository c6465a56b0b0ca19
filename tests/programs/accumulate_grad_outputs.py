import torch

x = torch.arange(4.0, requires_grad=True)
y = x.view(2, 2) @ x.view(2, 2)
rows = []
for i in range(4):
    onehot = torch.zeros(4)
    onehot[i] = 1
    rows.append(torch.autograd.grad(y.flatten(), x, grad_outputs=onehot, retain_graph=True)[0])
jacobian = torch.stack(rows)
jacobian
batched = torch.autograd.grad(y.flatten(), x, grad_outputs=torch.eye(4), is_grads_batched=True)[0]
torch.equal(jacobian, batched)
