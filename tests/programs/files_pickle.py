import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import pickle
with open("x.pkl", "wb") as f:
    pickle.dump({"x": x, "name": "three"}, f)
with open("x.pkl", "rb") as f:
    d = pickle.load(f)
d["x"].sum().backward()
print(d["name"], d["x"].grad, x.grad)
