import torch
i = torch.tensor([[0, 1, 1], [2, 0, 2]])
v = torch.tensor([3., 4., 5.], requires_grad=True)
s = torch.sparse_coo_tensor(i, v, (2, 3))
d = torch.randn(3, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
out = torch.sparse.mm(s, d)
out.sum().backward(retain_graph=True)
print(v.grad, d.grad)
dense = s.to_dense() * 2
dense.sum().backward(retain_graph=True)
c = s.coalesce()
print(c.indices().tolist(), c.values().detach().tolist())
csr = torch.eye(2).to_sparse_csr()
r = csr @ d[:2]
r.sum().backward()
st = torch.sparse.sum(s)
st.backward()
