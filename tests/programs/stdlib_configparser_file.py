import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import configparser
c = configparser.ConfigParser()
c["train"] = {"lr": "0.1"}
with open("c.ini", "w") as f:
    c.write(f)
d = configparser.ConfigParser()
d.read("c.ini")
(x * d.getfloat("train", "lr")).sum().backward()
print(x.grad, d.sections())
