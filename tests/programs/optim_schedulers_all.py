import torch
from torch.optim import lr_scheduler as S
def run(make):
    w = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    opt = torch.optim.SGD([w], lr=0.1)
    sch = make(opt)
    lrs = []
    for _ in range(4):
        opt.zero_grad()
        loss = (w ** 2).sum()
        loss.backward()
        opt.step()
        if isinstance(sch, S.ReduceLROnPlateau): sch.step(1.0)
        else: sch.step()
        lrs.append(round(opt.param_groups[0]['lr'], 6))
    return lrs, w
table = {
    'step': lambda o: S.StepLR(o, 2, 0.5), 'multi': lambda o: S.MultiStepLR(o, [1, 3]), 'exp': lambda o: S.ExponentialLR(o, .9),
    'cos': lambda o: S.CosineAnnealingLR(o, 4), 'warm': lambda o: S.CosineAnnealingWarmRestarts(o, 2), 'lambda': lambda o: S.LambdaLR(o, lambda e: 1 / (e + 1)),
    'plateau': lambda o: S.ReduceLROnPlateau(o, patience=0), 'cyclic': lambda o: S.CyclicLR(o, .01, .1, 2), 'linear': lambda o: S.LinearLR(o), 'poly': lambda o: S.PolynomialLR(o, 4),
    'chain': lambda o: S.ChainedScheduler([S.ConstantLR(o), S.ExponentialLR(o, .9)]), 'seq': lambda o: S.SequentialLR(o, [S.ConstantLR(o), S.ExponentialLR(o, .9)], [2]),
}
for name, make in table.items():
    lrs, w = run(make)
    print(f'{name:>8}', lrs, w.data)
