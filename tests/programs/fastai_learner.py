from types import SimpleNamespace
from functools import partial
import torch, torch.nn as nn, torch.nn.functional as F
from torch import tensor, optim
from operator import attrgetter


def mse(output, targ): return (output.squeeze(-1)-targ).pow(2).mean()


class CancelBatchException(Exception): pass
class CancelEpochException(Exception): pass


class Callback(): order = 0


def run_cbs(cbs, method_nm, learn=None):
    for cb in sorted(cbs, key=attrgetter('order')):
        method = getattr(cb, method_nm, None)
        if method is not None: method(learn)


class with_cbs:
    def __init__(self, nm): self.nm = nm

    def __call__(self, f):
        def _f(o, *args, **kwargs):
            try:
                o.callback(f'before_{self.nm}')
                f(o, *args, **kwargs)
                o.callback(f'after_{self.nm}')
            except globals()[f'Cancel{self.nm.title()}Exception']: pass
            finally: o.callback(f'cleanup_{self.nm}')
        return _f


class Learner():
    def __init__(self, model, dls, loss_func=F.mse_loss, lr=0.1, cbs=None, opt_func=optim.SGD):
        self.model, self.dls, self.loss_func, self.lr, self.opt_func = model, dls, loss_func, lr, opt_func
        self.cbs = cbs or []

    @with_cbs('batch')
    def _one_batch(self):
        self.predict()
        self.get_loss()
        if self.training:
            self.backward()
            self.step()
            self.zero_grad()

    @with_cbs('epoch')
    def _one_epoch(self):
        for self.iter, self.batch in enumerate(self.dl): self._one_batch()

    def one_epoch(self, training):
        self.model.train(training)
        self.dl = self.dls.train if training else self.dls.valid
        self._one_epoch()

    def fit(self, n_epochs=1):
        self.opt = self.opt_func(self.model.parameters(), self.lr)
        for self.epoch in range(n_epochs):
            self.one_epoch(True)
            with torch.no_grad(): self.one_epoch(False)

    def __getattr__(self, name):
        if name in ('predict', 'get_loss', 'backward', 'step', 'zero_grad'): return partial(self.callback, name)
        raise AttributeError(name)

    def callback(self, method_nm): run_cbs(self.cbs, method_nm, self)

    @property
    def training(self): return self.model.training


class TrainCB(Callback):
    def predict(self, learn): learn.preds = learn.model(learn.batch[0])
    def get_loss(self, learn): learn.loss = learn.loss_func(learn.preds, learn.batch[1])
    def backward(self, learn): learn.loss.backward()
    def step(self, learn): learn.opt.step()
    def zero_grad(self, learn): learn.opt.zero_grad()


class MetricsCB(Callback):
    order = 1
    def after_batch(self, learn): print('train' if learn.training else 'valid', f'{learn.loss.item():.4f}')


class StopCB(Callback):
    def after_batch(self, learn):
        if learn.iter == 1: raise CancelEpochException()


torch.manual_seed(42)
xs = torch.randn(12, 2); ys = xs @ tensor([1., -1.])
dl = [(xs[i:i+4], ys[i:i+4]) for i in range(0, 12, 4)]
learn = Learner(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)), SimpleNamespace(train=dl, valid=dl[:1]), mse, 0.1, [TrainCB(), MetricsCB(), StopCB()])
learn.fit(2)
