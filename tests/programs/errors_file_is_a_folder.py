import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import os
x.sum().backward()
os.mkdir("d")
open("d")
