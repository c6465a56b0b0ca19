import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import os
for kind in ("train", "test"):
    for label in ("cat", "dog"):
        os.makedirs(f"data/{kind}/{label}")
        for n in range(2):
            open(f"data/{kind}/{label}/{n}.txt", "w").write(label)
for root, folders, names in os.walk("data"):
    folders.sort()
    print(f"There are {len(folders)} directories and {len(names)} files in '{root}'.")
x.sum().backward()
