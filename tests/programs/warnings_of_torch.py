"""What PyTorch warns of in lessons; each warning is of the line that asked for it."""
import logging
import sys
import traceback
import warnings

import torch
import torch.nn.functional as F
from torch import nn

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
print("no gradient there")
for turn in range(2):
    print(y.grad, turn)
loss = F.mse_loss(y, torch.ones(1))
loss.backward()
nn.MSELoss()(y.detach(), torch.ones(1, 3))
F.softmax(torch.ones(3))
nn.Softmax()(torch.ones(2, 2))
copied = torch.tensor(x)
optimiser = torch.optim.SGD([x], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimiser, 1)
scheduler.step()
warnings.warn("of the program itself", stacklevel=1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    y.grad
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    y.grad
    y.grad
print(len(caught), caught[0].category.__name__, file=sys.stderr)
logging.warning("the loss is %.2f", loss.item())
try:
    loss.backward()
except RuntimeError as error:
    print(type(error).__name__, file=sys.stderr)
try:
    x @ torch.ones(4)
except RuntimeError:
    print(traceback.format_exc().splitlines()[-2], file=sys.stderr)
