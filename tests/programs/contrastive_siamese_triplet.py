import torch
import torch.nn as nn
import torch.nn.functional as F
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
a, p, n = torch.randn(5, 4), torch.randn(5, 4), torch.randn(5, 4)
za, zp, zn = map(net, (a, p, n))
l1 = nn.TripletMarginLoss(margin=1.0)(za, zp, zn)
l2 = F.cosine_embedding_loss(za, zp, torch.tensor([1., -1., 1., 1., -1.]))
z = F.normalize(torch.cat([za, zp]), dim=1)
sim = z @ z.T / 0.5
sim.fill_diagonal_(-1e9)
targets = torch.cat([torch.arange(5, 10), torch.arange(5)])
l3 = F.cross_entropy(sim, targets)
d = F.pairwise_distance(za, zn)
l4 = torch.mean(F.relu(1 - d) ** 2)
dist = torch.cdist(za, zp)
l5 = dist.min(dim=1).values.mean() + torch.topk(dist, 2, largest=False)[0].sum()
total = l1 + l2 + l3 + l4 + 0.1 * l5
total.backward()
print([round(v.item(), 5) for v in (l1, l2, l3, l4, l5)])
