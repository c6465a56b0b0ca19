import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(4)
seqs = [torch.randn(3, 2), torch.randn(1, 2), torch.randn(2, 2)]
padded = pad_sequence(seqs, batch_first=True).requires_grad_()
packed = pack_padded_sequence(padded, [3, 1, 2], batch_first=True, enforce_sorted=False)
out, h = nn.GRU(2, 2, batch_first=True)(packed)
unpacked, lengths = pad_packed_sequence(out, batch_first=True)
unpacked.sum().backward()
print(lengths)
padded.grad
