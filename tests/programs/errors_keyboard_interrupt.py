import torch

x = torch.tensor(1.0, requires_grad=True)
try:
    (x * 2).backward()
finally:
    print("cleaning up", x.grad)
raise KeyboardInterrupt
