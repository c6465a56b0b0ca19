import json
import torch
json.dump({"lr": 0.5, "steps": 3}, open("config.json", "w"), indent=2)
config = json.load(open("config.json"))
w = torch.tensor(4., requires_grad=True)
for _ in range(config["steps"]):
    w.grad = None
    (w * w).backward()
    w.data -= config["lr"] * w.grad
print(w, config)
