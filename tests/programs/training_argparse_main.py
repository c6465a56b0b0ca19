import argparse
import sys

import torch
from torch import nn, optim


def parse(argv=None):
    parser = argparse.ArgumentParser(description="demo")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--no-cuda", action="store_true")
    return parser.parse_args(argv)


def train(args, model, data, target):
    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, nesterov=True)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    history = []
    for epoch in range(1, args.epochs + 1):
        optimizer.zero_grad()
        loss = nn.functional.nll_loss(nn.functional.log_softmax(model(data), dim=1), target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        history.append(loss.item())
        print("Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}".format(epoch, 4, 4, 100.0, loss.item()))
    return history


def main():
    args = parse([])
    use_cuda = not args.no_cuda and torch.cuda.is_available()
    torch.manual_seed(1)
    device = torch.device("cuda" if use_cuda else "cpu")
    kwargs = {"num_workers": 1, "pin_memory": True} if use_cuda else {}
    model = nn.Linear(3, 2).to(device)
    data, target = torch.randn(4, 3).to(device), torch.tensor([0, 1, 1, 0], device=device)
    print(kwargs, train(args, model, data, target))


if __name__ == "__main__":
    main()
