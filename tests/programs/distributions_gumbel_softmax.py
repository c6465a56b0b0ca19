import torch
import torch.nn.functional as F

torch.manual_seed(2)
logits = torch.tensor([[0.1, 2.0, -1.0]], requires_grad=True)
soft = F.gumbel_softmax(logits, tau=0.5)
hard = F.gumbel_softmax(logits, tau=1.0, hard=True)
((soft + hard) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
print(hard, logits.grad)
