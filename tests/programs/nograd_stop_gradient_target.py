import torch

online = torch.tensor([0.2, 0.4], requires_grad=True)
target = torch.tensor([0.1, 0.9], requires_grad=True)
reward, gamma = 1.0, 0.9
td_target = reward + gamma * target.max().detach()
td_loss = (online[0] - td_target) ** 2
td_loss.backward()
print(online.grad, target.grad)
with torch.no_grad():
    target.mul_(0.5).add_(online, alpha=0.5)
target
