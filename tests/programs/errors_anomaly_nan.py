import torch

x = torch.tensor(0.0, requires_grad=True)
with torch.autograd.set_detect_anomaly(True):
    y = torch.sqrt(x) * 0
    y.backward()
