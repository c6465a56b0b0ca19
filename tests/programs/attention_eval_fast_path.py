import torch
import torch.nn as nn

torch.manual_seed(0)
layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
encoder = nn.TransformerEncoder(layer, num_layers=2)
src = torch.randn(2, 5, 8)
mask = torch.tensor([[False] * 5, [False, False, False, True, True]])
encoder.train()
out = encoder(src, src_key_padding_mask=mask)
out.mean().backward()
encoder.eval()
with torch.no_grad():
    fast = encoder(src, src_key_padding_mask=mask)
    plain = encoder(src)
mha = nn.MultiheadAttention(8, 2, batch_first=True).eval()
with torch.inference_mode():
    y, w = mha(src, src, src)
print(fast.sum().item(), plain.sum().item(), y.sum().item(), w.shape)
print(torch.equal(plain, encoder(src)))
