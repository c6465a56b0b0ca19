import torch
import torch.nn.functional as F

torch.manual_seed(2)
vocab = {w: i for i, w in enumerate("the quick brown fox jumps".split())}
W_in = torch.randn(5, 3, requires_grad=True)
W_out = torch.randn(3, 5, requires_grad=True)
pairs = [("quick", "the"), ("quick", "brown"), ("fox", "jumps")]
loss = 0
for center, context in pairs:
    logits = W_in[vocab[center]] @ W_out
    loss += F.cross_entropy(logits, torch.tensor(vocab[context]))
loss.backward()
W_in.grad
