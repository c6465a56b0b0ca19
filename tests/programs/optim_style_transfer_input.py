import torch
from torch import nn, optim
import torch.nn.functional as F
torch.manual_seed(0)
def gram_matrix(input):
    a, b, c, d = input.size()
    features = input.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)
class ContentLoss(nn.Module):
    def __init__(self, target):
        super().__init__(); self.target = target.detach()
    def forward(self, input):
        self.loss = F.mse_loss(input, self.target); return input
class StyleLoss(nn.Module):
    def __init__(self, target_feature):
        super().__init__(); self.target = gram_matrix(target_feature).detach()
    def forward(self, input):
        self.loss = F.mse_loss(gram_matrix(input), self.target); return input
cnn = nn.Conv2d(3, 4, 3, padding=1)
content_img, style_img = torch.rand(1, 3, 6, 6), torch.rand(1, 3, 6, 6)
model = nn.Sequential()
model.add_module('conv_1', cnn)
cl = ContentLoss(model(content_img).detach()); sl = StyleLoss(model(style_img).detach())
model.add_module('content_loss_1', cl); model.add_module('style_loss_1', sl); model.add_module('relu', nn.ReLU(inplace=False))
input_img = content_img.clone()
input_img.requires_grad_(True)
model.eval(); model.requires_grad_(False)
optimizer = optim.LBFGS([input_img], max_iter=3)
run = [0]
while run[0] <= 6:
    def closure():
        with torch.no_grad():
            input_img.clamp_(0, 1)
        optimizer.zero_grad()
        model(input_img)
        loss = 1000 * sl.loss + cl.loss
        loss.backward()
        run[0] += 1
        return loss
    optimizer.step(closure)
with torch.no_grad():
    input_img.clamp_(0, 1)
print(run, input_img.mean())
