import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
import os
import shutil
torch.save(net.state_dict(), "tmp.pt")
os.replace("tmp.pt", "net.pt")
shutil.copy("net.pt", "copy.pt")
os.remove("net.pt")
print(sorted(os.listdir(".")))
net.load_state_dict(torch.load("copy.pt"))
os.makedirs("old/a")
shutil.move("copy.pt", "old/a/copy.pt")
print(os.listdir("old/a"))
shutil.rmtree("old")
print(os.listdir("."))
loss = net(x).pow(2).mean()
loss.backward()
