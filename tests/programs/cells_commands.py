# %%
import torch
x = torch.ones(2, requires_grad=True)
x
# %%
(x * 3).sum().backward()
x.grad
# %%
"""A text, shown as a notebook does."""
