import torch
import torch.nn.functional as F

torch.manual_seed(1)
q, k, v = (torch.randn(1, 2, 3, 4, requires_grad=True) for _ in range(3))
out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
out.pow(2).mean().backward()
q.grad
