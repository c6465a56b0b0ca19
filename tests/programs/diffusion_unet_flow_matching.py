import torch, torch.nn as nn, torch.nn.functional as F, math, copy
from functools import partial
torch.manual_seed(0)
def exists(x): return x is not None
def default(v, d): return v if exists(v) else (d() if callable(d) else d)
class Sinus(nn.Module):
    def __init__(self, dim): super().__init__(); self.dim = dim
    def forward(self, time):
        h = self.dim // 2; e = torch.exp(torch.arange(h) * -(math.log(10000) / (h - 1)))
        e = time[:, None] * e[None, :]; return torch.cat((e.sin(), e.cos()), dim=-1)
class WSConv(nn.Conv2d):
    def forward(self, x):
        w = self.weight; m = w.mean(dim=(1, 2, 3), keepdim=True); v = torch.var(w, dim=(1, 2, 3), unbiased=False, keepdim=True)
        return F.conv2d(x, (w - m) * (v + 1e-5).rsqrt(), self.bias, self.stride, self.padding, self.dilation, self.groups)
class Block(nn.Module):
    def __init__(self, i, o, t): super().__init__(); self.proj, self.norm, self.act, self.mlp = WSConv(i, o, 3, padding=1), nn.GroupNorm(2, o), nn.SiLU(), nn.Sequential(nn.SiLU(), nn.Linear(t, o * 2))
    def forward(self, x, t):
        s, b = self.mlp(t)[..., None, None].chunk(2, dim=1)
        return self.act(self.norm(self.proj(x)) * (s + 1) + b)
class Unet(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.time = nn.Sequential(Sinus(d), nn.Linear(d, d * 2), nn.GELU()); self.d1, self.d2 = Block(1, d, d * 2), Block(d, d * 2, d * 2)
        self.down, self.up = nn.Conv2d(d, d, 4, 2, 1), nn.ConvTranspose2d(d * 2, d, 4, 2, 1); self.u1, self.out = Block(d * 2, d, d * 2), nn.Conv2d(d, 1, 1)
    def forward(self, x, t):
        t = self.time(t); a = self.d1(x, t); b = self.d2(self.down(a), t)
        return self.out(self.u1(torch.cat((self.up(b), a), 1), t))
T = 5
betas = torch.linspace(1e-4, 0.02, T); acp = torch.cumprod(1 - betas, 0); prev = F.pad(acp[:-1], (1, 0), value=1.0)
def extract(a, t, shape): return a.gather(-1, t).reshape(t.shape[0], *((1,) * (len(shape) - 1)))
def q_sample(x0, t, noise=None):
    noise = default(noise, lambda: torch.randn_like(x0))
    return extract(acp.sqrt(), t, x0.shape) * x0 + extract((1 - acp).sqrt(), t, x0.shape) * noise
model = Unet(); ema = copy.deepcopy(model).requires_grad_(False); opt = torch.optim.AdamW(model.parameters(), 1e-3)
for step in range(2):
    x0 = torch.rand(2, 1, 4, 4) * 2 - 1; t = torch.randint(0, T, (2,)); noise = torch.randn_like(x0)
    loss = F.huber_loss(noise, model(q_sample(x0, t, noise), t)); opt.zero_grad(); loss.backward(); opt.step()
    with torch.no_grad():
        for e, p in zip(ema.parameters(), model.parameters()): e.lerp_(p, 0.1)
    print(loss.item())
@torch.no_grad()
def p_sample(m, x, i):
    t = torch.full((1,), i, dtype=torch.long)
    mean = (1 / (1 - betas[i])).sqrt() * (x - betas[i] * m(x, t) / (1 - acp[i]).sqrt())
    return mean if i == 0 else mean + (betas[i] * (1 - prev[i]) / (1 - acp[i])).sqrt() * torch.randn_like(x)
img = torch.randn(1, 1, 4, 4)
for i in reversed(range(T)): img = p_sample(ema, img, i)
print(img.mean())
# flow matching
v = nn.Linear(3, 2); x1, x0 = torch.randn(4, 2), torch.randn(4, 2); tt = torch.rand(4, 1)
xt = tt * x1 + (1 - tt) * x0
fm = (v(torch.cat([xt, tt], 1)) - (x1 - x0)).pow(2).mean(); fm.backward()
