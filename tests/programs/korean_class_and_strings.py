import torch
from torch import nn


class 신경망(nn.Module):
    """은닉층이 하나인 신경망."""

    def __init__(self, 은닉=3):
        super().__init__()
        self.첫째층 = nn.Linear(2, 은닉)
        self.둘째층 = nn.Linear(은닉, 1)

    def forward(self, x):
        return self.둘째층(torch.tanh(self.첫째층(x)))


torch.manual_seed(seed=0)
모형 = 신경망()
결과 = 모형(torch.ones(1, 2)); 결과.sum().backward()
print("🎓 기울기:", 모형.첫째층.bias.grad)
"수업 끝"
