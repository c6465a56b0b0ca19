import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(seed=0)


class 분류기(nn.Module):
    def __init__(self, 입력: int, 은닉: int, 출력: int) -> None:
        super().__init__()
        self.은닉층 = nn.Linear(in_features=입력, out_features=은닉, bias=True)
        self.출력층 = nn.Linear(in_features=은닉, out_features=출력)
        self.드롭아웃 = nn.Dropout(p=0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.relu(input=self.은닉층(x))
        h = self.드롭아웃(input=h)
        return self.출력층(input=h)


데이터셋 = TensorDataset(torch.randn(size=(12, 3)), torch.randint(low=0, high=2, size=(12,)))
로더 = DataLoader(dataset=데이터셋, batch_size=4, shuffle=True, drop_last=False, num_workers=0)
모델 = 분류기(입력=3, 은닉=4, 출력=2)
손실함수 = nn.CrossEntropyLoss(reduction="mean", label_smoothing=0.1)
최적화 = torch.optim.AdamW(params=모델.parameters(), lr=0.01, weight_decay=0.1)
for 에폭 in range(2):
    모델.train(mode=True)
    합 = 0.0
    for 번째, (배치, 정답) in enumerate(로더, start=1):
        예측 = 모델(x=배치)
        손실 = 손실함수(input=예측, target=정답)
        최적화.zero_grad(set_to_none=True)
        손실.backward()
        최적화.step()
        합 += 손실.item() * len(배치)
    모델.eval()
    with torch.no_grad():
        정확도 = (torch.argmax(input=모델(데이터셋.tensors[0]), dim=1) == 데이터셋.tensors[1]).float().mean()
    print(f"에폭 {에폭 + 1}: 손실 {합 / len(데이터셋):.4f}, 정확도 {정확도:.2%}")
