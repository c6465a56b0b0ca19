import torch

w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.SGD([w], lr=0.5)


def step_now(parameter):
    optimizer.step()
    optimizer.zero_grad()


w.register_post_accumulate_grad_hook(step_now)
(w**2).sum().backward()
w, w.grad
