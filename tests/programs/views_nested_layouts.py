import torch

rows = [torch.ones(2, 3), torch.ones(1, 3)]
strided = torch.nested.nested_tensor(rows, requires_grad=True)
padded = torch.nested.to_padded_tensor(strided * 2, 0.0)
padded.sum().backward()
jagged = torch.nested.nested_tensor(rows, requires_grad=True, layout=torch.jagged)
values = (jagged * 3).values()
values.sum().backward()
print(padded.shape, strided.is_nested, strided.grad, jagged.grad.values())
