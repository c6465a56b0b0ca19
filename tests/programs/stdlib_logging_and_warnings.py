import logging
import sys
import traceback
import warnings

import torch

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")
log = logging.getLogger("train")
x = torch.ones(2, requires_grad=True)
log.info("start %s", x.shape)


def bad():
    return x @ torch.ones(3)


try:
    bad()
except RuntimeError as e:
    print(type(e).__name__, e)
    pass
    print(e.__traceback__.tb_lineno)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("careful", UserWarning)
    y = x.sum()
    y.backward(create_graph=True)
    print(len(caught), [str(w.message)[:20] for w in caught])
sys.stdout.write("written\n")
print("a", "b", sep="-", end="\r\n")
print(f"{x=}")
print(f"{y:.3f} {y.item():>10.4f} {x.grad!r}")
import inspect

print(inspect.signature(bad), bad.__code__.co_firstlineno, inspect.currentframe().f_lineno)
