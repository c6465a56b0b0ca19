import torch

w = torch.tensor([5.0, -3.0], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
for i in range(4):
    opt.zero_grad()
    loss = (w**2 * torch.tensor([1.0, 10.0])).sum()
    loss.backward()
    opt.step()
    print(i, w.detach().numpy())
opt.state_dict()["param_groups"][0]["lr"]
