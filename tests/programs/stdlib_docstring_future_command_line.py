"""Fit a line.

    python fit.py --lr 0.1
"""
from __future__ import annotations

import argparse
import sys

import torch

parser = argparse.ArgumentParser(description="a line")
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--steps", type=int, default=2)
args = parser.parse_args()
w: torch.Tensor = torch.zeros(1, requires_grad=True)
for step in range(args.steps):
    loss = ((w - 3) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= args.lr * w.grad
    w.grad = None
print(args, len(sys.argv), w)
