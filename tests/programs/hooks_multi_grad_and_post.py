import torch
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
log = []
c = a * b
d = c + b
h1 = torch.autograd.graph.register_multi_grad_hook([c, d], lambda grads: log.append([None if g is None else g.item() for g in grads]))
h2 = torch.autograd.graph.register_multi_grad_hook([a, b], lambda g: log.append(('any', g.item())), mode='any')
h3 = a.register_post_accumulate_grad_hook(lambda p: log.append(('post', p.grad.item())))
(c * d).backward()
h1.remove(); h2.remove(); h3.remove()
(a * b).backward()
print(log)
n = (a * 3)
n.grad_fn.register_prehook(lambda gs: (gs[0] * 2,))
n.grad_fn.register_hook(lambda gi, go: log.append((len(gi), go[0].item())))
n.backward()
n2 = a * 4
n2.register_hook(lambda g: g + 1)
n2.register_hook(lambda g: g * 10)
n2.retain_grad()
n2.register_hook(lambda g: None)
n2.backward()
print(log, a.grad, n2.grad)
