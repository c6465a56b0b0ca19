import torch
torch.manual_seed(0)
X, Y = torch.randn(10, 2), torch.randn(10, 1)
kinds = dict(sgd=(torch.optim.SGD, dict(lr=.1, momentum=.9, dampening=0.1, weight_decay=.01)), nag=(torch.optim.SGD, dict(lr=.1, momentum=.9, nesterov=True)), adagrad=(torch.optim.Adagrad, dict(lr=.1)), adadelta=(torch.optim.Adadelta, {}), adamax=(torch.optim.Adamax, {}), nadam=(torch.optim.NAdam, {}), radam=(torch.optim.RAdam, {}), rprop=(torch.optim.Rprop, {}), asgd=(torch.optim.ASGD, {}), rms=(torch.optim.RMSprop, dict(centered=True, momentum=.5)), ams=(torch.optim.Adam, dict(amsgrad=True, foreach=True)), fused=(torch.optim.Adam, dict(fused=True)), maximize=(torch.optim.AdamW, dict(maximize=True)), capturable=(torch.optim.Adam, dict(differentiable=False)))
final = {}
for name, (kind, options) in kinds.items():
    w = torch.zeros(2, 1, requires_grad=True)
    opt = kind([w], **options)
    for _ in range(2):
        opt.zero_grad(set_to_none=False)
        ((X @ w - Y) ** 2).mean().backward()
        opt.step()
    final[name] = w
print({k: v.flatten().tolist() for k, v in final.items()})
opt.state_dict()['param_groups'][0]['lr']
