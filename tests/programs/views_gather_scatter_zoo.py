import torch
torch.manual_seed(0)
src = torch.arange(1., 11.).reshape(2, 5).requires_grad_()
index = torch.tensor([[0, 1, 2, 0, 1]])
z = torch.zeros(3, 5)
s1 = z.scatter(0, index.expand(2, 5), src)
s2 = z.scatter_add(0, index.expand(2, 5), src)
s3 = z.scatter_reduce(0, index.expand(2, 5), src, reduce='prod', include_self=False)
g1 = src.gather(1, torch.tensor([[0, 0], [4, 1]]))
g2 = torch.take(src, torch.tensor([0, 9]))
g3 = torch.take_along_dim(src, src.argsort(dim=1, descending=True), dim=1)
i1 = src.index_select(1, torch.tensor([0, 2]))
m1 = src.masked_select(src > 4)
m2 = src.masked_fill(src > 4, -1.0)
ia = torch.zeros(3, 5).index_add(0, torch.tensor([2, 0]), src)
ic = torch.zeros(3, 5).index_copy(0, torch.tensor([2, 0]), src)
ip = src.clone().index_put((torch.tensor([0]), torch.tensor([1])), torch.tensor(5.), accumulate=True)
cs, cp, cm = src.cumsum(1), src.cumprod(1), src.cummax(1).values
lc = src.logcumsumexp(1)
so = src.sort(1, descending=True).values
tk = src.topk(2).values
kt = src.kthvalue(2).values
md = src.median(1).values
ro, fl, rt = src.roll(1, 1), src.flip(1), torch.rot90(src)
un = src.unfold(1, 3, 1)
df = src.diff(dim=1)
tr = src[:, :2].trace() + torch.tril(src).sum() + torch.triu(src).sum()
bc = torch.bucketize(src, torch.tensor([3., 6.]))
hist = torch.histc(src.detach(), bins=4)
loss = sum(t.sum() for t in (s1, s2, s3.log1p(), g1, g2, g3, i1, m1, m2, ia, ic, ip, cs, cp.log(), cm, lc, so, tk, kt, md, ro * cs, fl * cs, rt, un ** 2, df ** 2)) + tr
loss.backward()
print(src.grad)
