import torch

for cls in (torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.Adadelta,
            torch.optim.Adamax, torch.optim.NAdam, torch.optim.RAdam, torch.optim.ASGD, torch.optim.Rprop):
    p = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    opt = cls([p], lr=0.1)
    for _ in range(2):
        opt.zero_grad()
        (p**4).sum().backward()
        opt.step()
    print(cls.__name__, p.data)
