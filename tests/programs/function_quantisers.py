import torch
import torch.nn.functional as F
class STERound(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.round()
    @staticmethod
    def backward(ctx, g): return g
class Binarize(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, threshold):
        ctx.save_for_backward(x); ctx.mark_non_differentiable
        ctx.threshold = threshold
        return (x > threshold).float()
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() < 1).float(), None
torch.manual_seed(0)
x = torch.randn(4, requires_grad=True)
q = x + (x.round() - x).detach()
r = STERound.apply(x * 2) / 2
bnr = Binarize.apply(x, 0.0)
logits = torch.randn(3, 5, requires_grad=True)
y_soft = F.gumbel_softmax(logits, tau=0.5)
y_hard = F.gumbel_softmax(logits, tau=0.5, hard=True)
codebook = torch.nn.Embedding(5, 4)
dist = torch.cdist(x.unsqueeze(0), codebook.weight)
idx = dist.argmin(1)
zq = codebook(idx).squeeze(0)
vq_loss = F.mse_loss(zq, x.detach()) + 0.25 * F.mse_loss(x, zq.detach())
zq_st = x + (zq - x).detach()
loss = q.sum() + r.pow(2).sum() + bnr.sum() + (y_hard * y_soft).sum() + zq_st.sum() + vq_loss
loss.backward()
print(x.grad, codebook.weight.grad[idx])
