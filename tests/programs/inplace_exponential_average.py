import torch

signal = torch.tensor([1.0, 4.0, 2.0, 8.0], requires_grad=True)
ema = torch.zeros(())
for value in signal:
    ema = ema.lerp(value, 0.25)
ema.backward()
print(ema, signal.grad)
