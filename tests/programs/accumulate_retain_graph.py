import torch

w = torch.tensor(2.0, requires_grad=True)
loss = w**3
for turn in range(3):
    loss.backward(retain_graph=True)
    print(turn, w.grad.item())
loss.backward()
w.grad
