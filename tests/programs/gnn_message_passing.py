import torch
import torch.nn as nn
torch.manual_seed(0)
edge_index = torch.tensor([[0, 1, 1, 2, 3, 3], [1, 0, 2, 1, 2, 0]])


class GCNConv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.lin = nn.Linear(i, o, bias=False)
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x, edge_index):
        row, col = edge_index
        deg = torch.zeros(x.size(0)).scatter_add_(0, col, torch.ones(col.size(0)))
        norm = deg.clamp(min=1).pow(-0.5)
        x = self.lin(x)
        msg = x[row] * (norm[row] * norm[col]).unsqueeze(-1)
        out = torch.zeros_like(x).index_add(0, col, msg)
        return out + self.bias


class GAT(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.W = nn.Parameter(torch.empty(i, o)); nn.init.xavier_uniform_(self.W, gain=1.414)
        self.a = nn.Parameter(torch.empty(2 * o, 1)); nn.init.xavier_uniform_(self.a)

    def forward(self, h, adj):
        Wh = torch.mm(h, self.W)
        o = Wh.size(1)
        e = nn.functional.leaky_relu(Wh @ self.a[:o] + (Wh @ self.a[o:]).T, 0.2)
        att = torch.where(adj > 0, e, -9e15 * torch.ones_like(e)).softmax(dim=1)
        return nn.functional.elu(att @ Wh)


x = torch.randn(4, 3)
adj = torch.zeros(4, 4).index_put_((edge_index[0], edge_index[1]), torch.tensor(1.)) + torch.eye(4)
c1, c2 = GCNConv(3, 5), GAT(5, 2)
out = c2(torch.relu(c1(x, edge_index)), adj)
agg = torch.zeros(2, 2).scatter_reduce(0, torch.tensor([[0, 0], [1, 1], [0, 1], [1, 0]]), out, reduce='amax')
loss = nn.functional.nll_loss(out.log_softmax(1), torch.tensor([0, 1, 0, 1])) + agg.mean()
loss.backward()
