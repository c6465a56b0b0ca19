import torch
from torch import nn

torch.manual_seed(2)
x = torch.randn(1, 2, 6, 6, requires_grad=True)
stack = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1, groups=2), nn.BatchNorm2d(4), nn.SiLU(), nn.AvgPool2d(2),
    nn.ConvTranspose2d(4, 2, 2, stride=2), nn.Upsample(scale_factor=2, mode="bilinear"),
    nn.AdaptiveAvgPool2d(1), nn.PixelShuffle(1), nn.Flatten(),
)
out = stack(x)
out.norm().backward()
print(out.shape)
x.grad[0, 0, 0]
