import copy

import torch
from torch import nn

torch.manual_seed(12)
student = nn.Linear(2, 2)
teacher = copy.deepcopy(student)
teacher.requires_grad_(False)
x = torch.randn(3, 2)
with torch.no_grad():
    student.weight.add_(0.1)
loss = (student(x) - teacher(x)).pow(2).mean()
loss.backward()
student.load_state_dict(teacher.state_dict())
print(torch.equal(student.weight, teacher.weight), student.weight.grad)
