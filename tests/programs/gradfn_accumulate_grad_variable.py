import torch

b = torch.ones(2, requires_grad=True)
c = b * 2
leaf_node = c.grad_fn.next_functions[0][0]
print(leaf_node.variable is b, type(leaf_node).__name__)
c.sum().backward()
same = c.grad_fn.next_functions[0][0] is leaf_node
print(same, b.grad)
