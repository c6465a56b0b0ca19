import torch
import torch.nn as nn
from torch.nn import functional as F

torch.manual_seed(4)


class Head(nn.Module):
    def __init__(self, n, head, block):
        super().__init__()
        self.key, self.query, self.value = (nn.Linear(n, head, bias=False) for _ in range(3))
        self.register_buffer("tril", torch.tril(torch.ones(block, block)))

    def forward(self, x):
        B, T, C = x.shape
        k, q = self.key(x), self.query(x)
        wei = q @ k.transpose(-2, -1) * C**-0.5
        wei = F.softmax(wei.masked_fill(self.tril[:T, :T] == 0, float("-inf")), dim=-1)
        return wei @ self.value(x)


class TinyGPT(nn.Module):
    def __init__(self, vocab=7, n=6, block=4):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocab, n), nn.Embedding(block, n)
        self.heads = nn.ModuleList([Head(n, n // 2, block) for _ in range(2)])
        self.ln, self.lm = nn.LayerNorm(n), nn.Linear(n, vocab)

    def forward(self, idx, targets=None):
        x = self.tok(idx) + self.pos(torch.arange(idx.shape[1]))
        x = x + torch.cat([h(self.ln(x)) for h in self.heads], dim=-1)
        logits = self.lm(x)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))


gpt = TinyGPT()
tokens = torch.randint(0, 7, (2, 5))
logits, loss = gpt(tokens[:, :-1], tokens[:, 1:])
loss.backward()
print(loss.item())
with torch.no_grad():
    nxt = torch.multinomial(F.softmax(gpt(tokens[:, :4])[0][:, -1], -1), 1)
nxt, gpt.pos.weight.grad
