import torch

# 몸무게와 키로 점수를 예측하는 가장 작은 모형
입력 = torch.tensor([1.0, 2.0, 3.0])
정답 = torch.tensor([3.0, 5.0, 7.0])
가중치 = torch.tensor(0.0, requires_grad=True)
편향 = torch.tensor(0.0, requires_grad=True)
학습률 = 0.1
for 세대 in range(3):
    예측 = 가중치 * 입력 + 편향
    손실 = ((예측 - 정답) ** 2).mean()
    손실.backward()
    with torch.no_grad():
        가중치 -= 학습률 * 가중치.grad; 편향 -= 학습률 * 편향.grad
    가중치.grad.zero_(), 편향.grad.zero_()
    print(f"{세대 + 1}번째 손실: {손실.item():.4f}")
