import torch
from torch import nn
import torch.nn.utils.prune as prune
import torch.nn.functional as F
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3)
        self.fc1 = nn.Linear(3 * 4 * 4, 5)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        return self.fc1(x.view(-1, int(x.nelement() / x.shape[0])))
model = LeNet()
module = model.conv1
print(list(n for n, _ in module.named_parameters()))
prune.random_unstructured(module, name="weight", amount=0.3)
print(list(n for n, _ in module.named_parameters()))
print(list(n for n, _ in module.named_buffers()))
prune.l1_unstructured(module, name="bias", amount=1)
print(module.bias)
prune.ln_structured(module, name="weight", amount=0.5, n=2, dim=0)
print(len(module._forward_pre_hooks))
y = model(torch.randn(2, 1, 10, 10)).sum()
y.backward()
print(module.weight_orig.grad.shape)
prune.remove(module, 'weight')
for name, m in LeNet().named_modules():
    if isinstance(m, torch.nn.Linear):
        prune.l1_unstructured(m, name='weight', amount=0.4)
class FooBarPruningMethod(prune.BasePruningMethod):
    PRUNING_TYPE = 'unstructured'
    def compute_mask(self, t, default_mask):
        mask = default_mask.clone()
        mask.view(-1)[::2] = 0
        return mask
FooBarPruningMethod.apply(model.fc1, 'bias')
print(model.fc1.bias_mask)
