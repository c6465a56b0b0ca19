"""Fit a line.

The text that a course's file begins with.
"""
import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
(x * 2).sum().backward()
x.grad
