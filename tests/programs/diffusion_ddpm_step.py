import torch
import torch.nn as nn
import torch.nn.functional as F
import math

torch.manual_seed(0)
T = 20
betas = torch.linspace(1e-4, 0.02, T)
alphas = 1. - betas
alphas_cumprod = torch.cumprod(alphas, axis=0)
alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
sqrt_ac = torch.sqrt(alphas_cumprod)
sqrt_1mac = torch.sqrt(1. - alphas_cumprod)


def get_index_from_list(vals, t, x_shape):
    out = vals.gather(-1, t.cpu())
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1))).to(t.device)


class SinusoidalPositionEmbeddings(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, time):
        half_dim = self.dim // 2
        embeddings = math.log(10000) / (half_dim - 1)
        embeddings = torch.exp(torch.arange(half_dim) * -embeddings)
        embeddings = time[:, None] * embeddings[None, :]
        return torch.cat((embeddings.sin(), embeddings.cos()), dim=-1)


class Block(nn.Module):
    def __init__(self, in_ch, out_ch, time_emb_dim, up=False):
        super().__init__()
        self.time_mlp = nn.Linear(time_emb_dim, out_ch)
        self.conv1 = nn.Conv2d(2*in_ch if up else in_ch, out_ch, 3, padding=1)
        self.transform = nn.ConvTranspose2d(out_ch, out_ch, 4, 2, 1) if up else nn.Conv2d(out_ch, out_ch, 4, 2, 1)
        self.norm = nn.GroupNorm(2, out_ch)

    def forward(self, x, t):
        h = self.norm(F.silu(self.conv1(x)))
        time_emb = F.silu(self.time_mlp(t))
        time_emb = time_emb[(...,) + (None,) * 2]
        return self.transform(h + time_emb)


class SimpleUnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time_mlp = nn.Sequential(SinusoidalPositionEmbeddings(8), nn.Linear(8, 8), nn.ReLU())
        self.conv0 = nn.Conv2d(1, 4, 3, padding=1)
        self.downs = nn.ModuleList([Block(4, 8, 8), Block(8, 16, 8)])
        self.ups = nn.ModuleList([Block(16, 8, 8, up=True), Block(8, 4, 8, up=True)])
        self.output = nn.Conv2d(4, 1, 1)

    def forward(self, x, timestep):
        t = self.time_mlp(timestep)
        x = self.conv0(x)
        residual_inputs = []
        for down in self.downs:
            x = down(x, t)
            residual_inputs.append(x)
        for up in self.ups:
            residual_x = residual_inputs.pop()
            x = torch.cat((x, residual_x), dim=1)
            x = up(x, t)
        return self.output(x)


model = SimpleUnet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x0 = torch.rand(2, 1, 8, 8)
t = torch.randint(0, T, (2,)).long()
noise = torch.randn_like(x0)
x_noisy = get_index_from_list(sqrt_ac, t, x0.shape) * x0 + get_index_from_list(sqrt_1mac, t, x0.shape) * noise
loss = F.l1_loss(noise, model(x_noisy, t))
loss.backward()
optimizer.step()


@torch.no_grad()
def sample_timestep(x, t):
    betas_t = get_index_from_list(betas, t, x.shape)
    model_mean = (x - betas_t * model(x, t) / get_index_from_list(sqrt_1mac, t, x.shape)) / torch.sqrt(alphas[t][:, None, None, None])
    return model_mean if t == 0 else model_mean + torch.sqrt(betas_t) * torch.randn_like(x)


img = sample_timestep(torch.randn(1, 1, 8, 8), torch.tensor([3]))
