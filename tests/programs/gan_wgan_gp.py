import torch
import torch.nn as nn
import torch.autograd as autograd

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.2), nn.Linear(8, 2))
D = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-4, betas=(0., 0.9))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-4, betas=(0., 0.9))


def compute_gradient_penalty(D, real_samples, fake_samples):
    alpha = torch.rand(real_samples.size(0), 1)
    interpolates = (alpha * real_samples + ((1 - alpha) * fake_samples)).requires_grad_(True)
    d_interpolates = D(interpolates)
    fake = torch.ones(real_samples.shape[0], 1, requires_grad=False)
    gradients = autograd.grad(outputs=d_interpolates, inputs=interpolates, grad_outputs=fake,
                              create_graph=True, retain_graph=True, only_inputs=True)[0]
    gradients = gradients.view(gradients.size(0), -1)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


for i in range(4):
    real = torch.randn(4, 2) + 2
    opt_d.zero_grad()
    z = torch.randn(4, 2)
    fake_imgs = G(z)
    d_loss = -torch.mean(D(real)) + torch.mean(D(fake_imgs)) + 10 * compute_gradient_penalty(D, real.data, fake_imgs.data)
    d_loss.backward()
    opt_d.step()
    opt_g.zero_grad()
    if i % 2 == 0:
        g_loss = -torch.mean(D(G(z)))
        g_loss.backward()
        opt_g.step()
        print(f"[{i}] D {d_loss.item():.5f} G {g_loss.item():.5f}")
