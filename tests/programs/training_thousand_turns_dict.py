import torch
torch.manual_seed(0)
X = torch.randn(20, 2); y = X @ torch.tensor([2., -3.]) + 1
params = {'w': torch.zeros(2, requires_grad=True), 'b': torch.zeros((), requires_grad=True)}
opt = torch.optim.Adam(params.values(), lr=.05)
history = []
for epoch in range(1000):
    loss = ((X @ params['w'] + params['b'] - y) ** 2).mean()
    opt.zero_grad(); loss.backward(); opt.step()
    history.append(loss.item())
print(history[0], history[-1], params)
