import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import numpy as np
np.savetxt("t.csv", np.array([[1, 2, 3], [4, 5, 6.5]]), delimiter=",", fmt="%.1f", header="a,b,c", comments="")
t = np.loadtxt("t.csv", delimiter=",", skiprows=1, dtype=np.float32)
print(open("t.csv").readline().strip(), t.shape)
(torch.from_numpy(t) @ x).sum().backward()
print(x.grad, np.genfromtxt("t.csv", delimiter=",", names=True)["b"])
