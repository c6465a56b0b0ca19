import torch
import torch.nn.functional as F

torch.manual_seed(0)
image = torch.randn(1, 1, 4, 4)
kernel = torch.tensor([[1.0, 0.0], [0.0, -1.0]], requires_grad=True)
columns = F.unfold(image, 2)
by_hand = (kernel.view(1, -1) @ columns).view(1, 1, 3, 3)
built_in = F.conv2d(image, kernel[None, None])
(by_hand.pow(2).sum() + built_in.sum()).backward()
print(torch.allclose(by_hand, built_in))
kernel.grad
