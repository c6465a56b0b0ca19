import torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(0)


class Residual(nn.Module):
    def __init__(self, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = nn.LazyConv2d(num_channels, kernel_size=3, padding=1, stride=strides)
        self.conv2 = nn.LazyConv2d(num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.LazyConv2d(num_channels, kernel_size=1, stride=strides) if use_1x1conv else None
        self.bn1 = nn.LazyBatchNorm2d()
        self.bn2 = nn.LazyBatchNorm2d()

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        Y += X
        return F.relu(Y)


class Inception(nn.Module):
    def __init__(self, c1, c2, c3):
        super().__init__()
        self.b1_1 = nn.LazyConv2d(c1, kernel_size=1)
        self.b2_1 = nn.LazyConv2d(c2[0], kernel_size=1)
        self.b2_2 = nn.LazyConv2d(c2[1], kernel_size=3, padding=1)
        self.b3_1 = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.b3_2 = nn.LazyConv2d(c3, kernel_size=1)

    def forward(self, x):
        b1 = F.relu(self.b1_1(x))
        b2 = F.relu(self.b2_2(F.relu(self.b2_1(x))))
        b3 = F.relu(self.b3_2(self.b3_1(x)))
        return torch.cat((b1, b2, b3), dim=1)


def batch_norm(X, gamma, beta, moving_mean, moving_var, eps, momentum):
    if not torch.is_grad_enabled():
        X_hat = (X - moving_mean) / torch.sqrt(moving_var + eps)
    else:
        mean = X.mean(dim=(0, 2, 3), keepdim=True)
        var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
        X_hat = (X - mean) / torch.sqrt(var + eps)
        moving_mean = (1.0 - momentum) * moving_mean + momentum * mean
        moving_var = (1.0 - momentum) * moving_var + momentum * var
    return gamma * X_hat + beta, moving_mean.data, moving_var.data


net = nn.Sequential(Residual(4, True, 2), Inception(2, (2, 3), 2), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.LazyLinear(3))
X = torch.randn(2, 1, 8, 8)
for layer in net:
    X = layer(X)
    print(layer.__class__.__name__, 'output shape:\t', X.shape)
loss = F.cross_entropy(X, torch.tensor([0, 2]))
loss.backward()
gamma, beta = torch.ones(1, 1, 1, 1, requires_grad=True), torch.zeros(1, 1, 1, 1, requires_grad=True)
mm, mv = torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)
Y, mm, mv = batch_norm(torch.randn(2, 1, 3, 3), gamma, beta, mm, mv, 1e-5, 0.1)
Y.pow(3).sum().backward()
with torch.no_grad():
    Z, _, _ = batch_norm(Y, gamma, beta, mm, mv, 1e-5, 0.1)
