import torch
x = torch.randn(3, 4, requires_grad=True)
y = (x @ x.t()).softmax(-1)
print(y.grad_fn.name(), y.grad_fn._saved_dim, y.grad_fn._saved_result.shape, y.grad_fn._sequence_nr() >= 0)
n = y.grad_fn
print(type(n).__mro__[0].__name__, n.next_functions[0][0].next_functions[0], len(n.next_functions))
print([a for a in dir(n) if a.startswith("_saved")], n.metadata, callable(n.register_prehook))
print(x._backward_hooks, y._backward_hooks, x.grad_fn, y.is_leaf, y.retains_grad, y._grad)
acc = n.next_functions[0][0].next_functions[0][0]
def get_graph(fn, depth=0, seen=None):
    seen = set() if seen is None else seen
    if fn is None or fn in seen:
        return
    seen.add(fn)
    print("  " * depth + fn.name(), getattr(fn, "variable", torch.empty(0)).shape if hasattr(fn, "variable") else "")
    for f, i in fn.next_functions:
        get_graph(f, depth + 1, seen)
loss = y.logsumexp(0).sum()
get_graph(loss.grad_fn)
g = loss.grad_fn(torch.tensor(1.0))
print(g.shape if torch.is_tensor(g) else [t.shape for t in g])
h = loss.grad_fn.register_hook(lambda gi, go: print("hook", [t.shape for t in gi], [t.shape for t in go]))
pre = n.register_prehook(lambda go: print("pre", go[0].shape))
loss.backward(retain_graph=True)
h.remove()
loss.backward()
pre.remove()
with torch.autograd.graph.save_on_cpu():
    z = (x.exp() * x).sum()
with torch.autograd.graph.disable_saved_tensors_hooks("no hooks"):
    q = x.sin().sum()
z.backward()
q.backward()
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    a = torch.ones(2, requires_grad=True).clone()
    b = a**2
    a.sin_()
    b.sum().backward()
torch.autograd.set_detect_anomaly(True)
w = torch.ones(2, requires_grad=True)
w.log().sum().backward()
torch.autograd.set_detect_anomaly(False)
print(torch._C._autograd._get_current_graph_task_id() if hasattr(torch._C._autograd, "_get_current_graph_task_id") else -1)
cap = torch.autograd.graph.get_gradient_edge(loss.detach().requires_grad_())
