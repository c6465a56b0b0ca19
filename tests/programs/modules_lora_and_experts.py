import math
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.utils.parametrize as parametrize
torch.manual_seed(0)
class LoRA(nn.Module):
    def __init__(self, i, o, rank=2, alpha=1):
        super().__init__()
        self.A = nn.Parameter(torch.zeros((rank, o)))
        self.B = nn.Parameter(torch.zeros((i, rank)))
        nn.init.normal_(self.A, mean=0, std=1)
        self.scale, self.enabled = alpha / rank, True
    def forward(self, W):
        return W + torch.matmul(self.B, self.A).view(W.shape) * self.scale if self.enabled else W
class LoRALinear(nn.Linear):
    def __init__(self, *a, r=2, **k):
        super().__init__(*a, **k)
        self.lora_A = nn.Parameter(self.weight.new_zeros((r, self.in_features)))
        self.lora_B = nn.Parameter(self.weight.new_zeros((self.out_features, r)))
        self.weight.requires_grad = False
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.merged = False
    def forward(self, x):
        return F.linear(x, self.weight, self.bias) + (x @ self.lora_A.T @ self.lora_B.T)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
for l in (net[0], net[2]):
    parametrize.register_parametrization(l, "weight", LoRA(*l.weight.shape))
for n, p in net.named_parameters():
    if "parametrizations" not in n or "original" in n:
        p.requires_grad_(False)
F.cross_entropy(net(torch.randn(5, 3)), torch.randint(2, (5,))).backward()
print([(n, None if p.grad is None else round(p.grad.norm().item(), 5)) for n, p in net.named_parameters()])
class MoE(nn.Module):
    def __init__(self, d=4, n=3, k=2):
        super().__init__()
        self.gate, self.k = nn.Linear(d, n, bias=False), k
        self.experts = nn.ModuleList([nn.Sequential(nn.Linear(d, 6), nn.GELU(), nn.Linear(6, d)) for _ in range(n)])
    def forward(self, x):
        w, sel = torch.topk(self.gate(x), self.k)
        w = F.softmax(w, dim=1, dtype=torch.float).to(x.dtype)
        out = torch.zeros_like(x)
        for i, e in enumerate(self.experts):
            b, nth = torch.where(sel == i)
            out[b] += w[b, nth, None] * e(x[b])
        probs = self.gate(x).softmax(-1)
        aux = (F.one_hot(sel[:, 0], 3).float().mean(0) * probs.mean(0)).sum() * 3
        return out, aux
moe = MoE()
x = torch.randn(6, 4, requires_grad=True)
y, aux = moe(x)
(y.pow(2).mean() + 0.01 * aux).backward()
print(x.grad.norm(), moe.gate.weight.grad)
ll = LoRALinear(3, 2)
ll(torch.randn(2, 3)).sum().backward()
ll.weight.data += ll.lora_B.data @ ll.lora_A.data
y2 = torch.zeros(6, 4).index_add_(0, torch.tensor([0, 2]), x[:2]).scatter_reduce(0, torch.zeros(6, 4, dtype=torch.long), x, "amax")
y2.sum().backward()
kv = [torch.randn(1, 2, 3, 4, requires_grad=True)]
kv.append(torch.cat([kv[0], torch.randn(1, 2, 1, 4)], dim=2))
att = F.scaled_dot_product_attention(torch.randn(1, 2, 1, 4), kv[-1], kv[-1], attn_mask=torch.ones(1, 4, dtype=torch.bool))
att.sum().backward()
