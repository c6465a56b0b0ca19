# %%
import torch
import random
import numpy as np
import os

def 시드_고정(seed: int = 42) -> None:
    random.seed(a=seed)
    np.random.seed(seed=seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    torch.manual_seed(seed=seed)
    torch.cuda.manual_seed(seed=seed)
    torch.cuda.manual_seed_all(seed=seed)
    torch.mps.manual_seed(seed=seed) if torch.backends.mps.is_available() else None
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    pass

시드_고정(seed=42)
# %%
x = torch.tensor(data=[[1.0, 2.0], [3.0, 4.0]], dtype=torch.float32, requires_grad=True)
w = torch.randn(size=(2, 2), requires_grad=True)
y = torch.matmul(input=x, other=w)
z = torch.add(input=y, other=torch.ones(size=(2, 2)), alpha=3)
out = torch.mean(input=torch.pow(input=z, exponent=2), dim=None)
out
# %%
out.backward(gradient=None, retain_graph=False, create_graph=False)
print(f"x.grad =\n{x.grad}", f"w.grad =\n{w.grad}", sep="\n")
pass
# %%
t = torch.sub(input=5, other=x, alpha=2) if False else torch.rsub(input=x, other=5, alpha=2)
s = torch.sum(input=torch.mul(input=t, other=2.5))
s.backward()
torch.div(input=x, other=3, rounding_mode=None)
# %%
u = torch.where(condition=x > 2, input=x, other=torch.zeros_like(input=x))
v = torch.clamp(input=u, min=0.5, max=3.5)
m = torch.max(input=v, dim=1, keepdim=True)
m.values.sum().backward()
x.grad
