import torch
from torch import nn

torch.manual_seed(10)
logits = torch.randn(4, 3, requires_grad=True)
target = torch.tensor([0, 2, 1, 1])
soft = torch.softmax(torch.randn(4, 3), -1)
losses = [
    nn.CrossEntropyLoss(label_smoothing=0.1)(logits, target),
    nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 3.0]))(logits.log_softmax(1), target),
    nn.KLDivLoss(reduction="batchmean")(logits.log_softmax(1), soft),
    nn.BCEWithLogitsLoss()(logits, soft),
    nn.MSELoss()(logits, soft),
    nn.L1Loss()(logits, soft),
    nn.SmoothL1Loss()(logits, soft),
    nn.HuberLoss(delta=0.3)(logits, soft),
    nn.MultiMarginLoss()(logits, target),
    nn.CosineEmbeddingLoss()(logits, soft, torch.ones(4)),
]
total = torch.stack(losses).sum()
total.backward()
print([round(loss.item(), 4) for loss in losses])
logits.grad
