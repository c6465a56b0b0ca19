import torch, math
from torch import nn
import torch.nn.functional as F
from typing import Optional, Tuple
torch.manual_seed(0)


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def _norm(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

    def forward(self, x):
        return self._norm(x.float()).type_as(x) * self.weight


def precompute_freqs_cis(dim, end, theta=10000.0):
    freqs = 1.0 / (theta ** (torch.arange(0, dim, 2)[: (dim // 2)].float() / dim))
    t = torch.arange(end)
    return torch.polar(torch.ones(end, dim // 2), torch.outer(t, freqs).float())


def apply_rotary_emb(xq, xk, freqs_cis):
    xq_ = torch.view_as_complex(xq.float().reshape(*xq.shape[:-1], -1, 2))
    xk_ = torch.view_as_complex(xk.float().reshape(*xk.shape[:-1], -1, 2))
    freqs_cis = freqs_cis[None, :, None, :]
    xq_out = torch.view_as_real(xq_ * freqs_cis).flatten(3)
    xk_out = torch.view_as_real(xk_ * freqs_cis).flatten(3)
    return xq_out.type_as(xq), xk_out.type_as(xk)


class Attention(nn.Module):
    def __init__(self, dim, n_heads, n_kv):
        super().__init__()
        self.h, self.kv, self.hd = n_heads, n_kv, dim // n_heads
        self.wq = nn.Linear(dim, dim, bias=False)
        self.wk = nn.Linear(dim, n_kv * self.hd, bias=False)
        self.wv = nn.Linear(dim, n_kv * self.hd, bias=False)
        self.wo = nn.Linear(dim, dim, bias=False)

    def forward(self, x, f, mask: Optional[torch.Tensor]):
        b, s, _ = x.shape
        q = self.wq(x).view(b, s, self.h, self.hd)
        k, v = (w(x).view(b, s, self.kv, self.hd) for w in (self.wk, self.wv))
        q, k = apply_rotary_emb(q, k, f)
        k, v = (t.repeat_interleave(self.h // self.kv, dim=2) for t in (k, v))
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.hd)
        if mask is not None:
            scores = scores + mask
        out = F.softmax(scores.float(), dim=-1).type_as(q) @ v
        return self.wo(out.transpose(1, 2).contiguous().view(b, s, -1))


class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.n1, self.n2 = Attention(d, 2, 1), RMSNorm(d), RMSNorm(d)
        self.w1, self.w2, self.w3 = nn.Linear(d, 2*d, bias=False), nn.Linear(2*d, d, bias=False), nn.Linear(d, 2*d, bias=False)

    def forward(self, x, f, m):
        x = x + self.attn(self.n1(x), f, m)
        y = self.n2(x)
        return x + self.w2(F.silu(self.w1(y)) * self.w3(y))


tok = nn.Embedding(10, 8)
layers = nn.ModuleList([Layer(8) for _ in range(2)])
ids = torch.randint(0, 10, (2, 5))
f = precompute_freqs_cis(4, 5)
mask = torch.triu(torch.full((5, 5), float('-inf')), diagonal=1)
h = tok(ids)
for layer in layers:
    h = layer(h, f, mask)
logits = F.linear(h, tok.weight)
loss = F.cross_entropy(logits[:, :-1].reshape(-1, 10), ids[:, 1:].reshape(-1))
loss.backward()
print(loss.item(), tok.weight.grad.norm())
