import torch
torch.manual_seed(0)
w = torch.randn(2, 3, requires_grad=True)
x = torch.randn(200, 2)
y = torch.randint(0, 3, (200,))
logits = x @ w
torch.nn.functional.cross_entropy(logits, y).backward()
print(sum(logits.argmax(1) == y), w.grad)
