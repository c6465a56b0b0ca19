import doctest
import torch
import networkx as nx


def cube(x):
    """
    >>> cube(2)
    8
    """
    return x**3


print(doctest.testmod().failed)
t = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
(torch.sin(t) * t**2).backward()
g = nx.DiGraph()


def walk(fn):
    for nxt, _ in fn.next_functions:
        if nxt is not None:
            g.add_edge(type(fn).__name__, type(nxt).__name__)
            walk(nxt)


y = cube(t) * t
walk(y.grad_fn)
print(sorted(g.edges))
