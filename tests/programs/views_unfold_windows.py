import torch

series = torch.tensor([1.0, 3.0, 2.0, 5.0, 4.0], requires_grad=True)
windows = series.unfold(0, 3, 1)
averages = windows.mean(dim=1)
averages.max().backward()
windows, averages
series.grad
