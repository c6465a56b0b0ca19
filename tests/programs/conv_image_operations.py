import torch
import torch.nn.functional as F
torch.manual_seed(0)
img = torch.rand(1, 2, 6, 6, requires_grad=True)
theta = torch.tensor([[[0.9, 0.1, 0.0], [-0.1, 0.9, 0.2]]], requires_grad=True)
grid = F.affine_grid(theta, img.shape, align_corners=False)
warped = F.grid_sample(img, grid, align_corners=False)
up = F.interpolate(img, scale_factor=2, mode='bilinear', align_corners=False)
nn_ = F.interpolate(img, size=(3, 3))
pads = [F.pad(img, (1, 1, 2, 2), mode=m) for m in ('reflect', 'replicate', 'circular')] + [F.pad(img, (1, 0), value=3.)]
un = F.unfold(img, 3, stride=2)
fo = F.fold(un, (6, 6), 3, stride=2)
ps = F.pixel_unshuffle(img, 2)
ap = F.adaptive_avg_pool2d(img, (2, 3)); mp, mi = F.max_pool2d(img, 2, return_indices=True); lp = F.lp_pool2d(img, 2, 2)
mu = F.max_unpool2d(mp, mi, 2)
ct = F.conv_transpose2d(img, torch.ones(2, 1, 2, 2), stride=2)
lrn = F.local_response_norm(img, 2)
tv = (img[..., 1:, :] - img[..., :-1, :]).abs().mean() + (img[..., 1:] - img[..., :-1]).abs().mean()
loss = sum(t.pow(2).mean() for t in (warped, up, nn_, *pads, un, fo, ps, ap, mp, lp, mu, ct, lrn)) + tv
loss.backward()
print(theta.grad, img.grad.sum())
