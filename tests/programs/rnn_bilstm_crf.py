import torch, torch.nn as nn
torch.manual_seed(1)
def argmax(vec): return torch.max(vec, 1)[1].item()
def log_sum_exp(vec):
    m = vec[0, argmax(vec)]
    return m + torch.log(torch.sum(torch.exp(vec - m.view(1, -1).expand(1, vec.size()[1]))))
tags = {"B": 0, "I": 1, "O": 2, "<START>": 3, "<STOP>": 4}
class BiLSTM_CRF(nn.Module):
    def __init__(self, V, E, H):
        super().__init__()
        self.word_embeds = nn.Embedding(V, E); self.H = H
        self.lstm = nn.LSTM(E, H // 2, num_layers=1, bidirectional=True)
        self.hidden2tag = nn.Linear(H, 5)
        self.transitions = nn.Parameter(torch.randn(5, 5))
        self.transitions.data[3, :] = -10000; self.transitions.data[:, 4] = -10000
    def feats(self, s):
        out, _ = self.lstm(self.word_embeds(s).view(len(s), 1, -1), (torch.zeros(2, 1, self.H // 2), torch.zeros(2, 1, self.H // 2)))
        return self.hidden2tag(out.view(len(s), self.H))
    def forward_alg(self, feats):
        fv = torch.full((1, 5), -10000.); fv[0][3] = 0.
        for feat in feats:
            al = []
            for t in range(5):
                al.append(log_sum_exp(fv + self.transitions[t].view(1, -1) + feat[t].view(1, -1).expand(1, 5)).view(1))
            fv = torch.cat(al).view(1, -1)
        return log_sum_exp(fv + self.transitions[4])
    def score(self, feats, tg):
        score = torch.zeros(1)
        tg = torch.cat([torch.tensor([3], dtype=torch.long), tg])
        for i, feat in enumerate(feats):
            score = score + self.transitions[tg[i + 1], tg[i]] + feat[tg[i + 1]]
        return score + self.transitions[4, tg[-1]]
model = BiLSTM_CRF(6, 4, 4)
opt = torch.optim.SGD(model.parameters(), lr=.01, weight_decay=1e-4)
s, t = torch.tensor([0, 1, 2, 3]), torch.tensor([0, 1, 2, 2])
for _ in range(2):
    model.zero_grad()
    f = model.feats(s)
    loss = model.forward_alg(f) - model.score(f, t)
    loss.backward(); opt.step()
    print(loss)
