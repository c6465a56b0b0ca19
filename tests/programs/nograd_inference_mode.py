import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.inference_mode():
    frozen = w * 3
print(frozen.is_inference(), frozen.requires_grad)


@torch.inference_mode()
def evaluate():
    return (w**2).sum()


score = evaluate()
try:
    (w * frozen).sum().backward()
except RuntimeError as e:
    print(type(e).__name__)
usable = frozen.clone()
(w * usable).sum().backward()
w.grad
