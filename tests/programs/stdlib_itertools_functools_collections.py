import itertools
import operator
from collections import Counter
from functools import lru_cache, partial, reduce

import torch


@lru_cache(maxsize=None)
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


x = torch.tensor(0.5, requires_grad=True)
taylor = reduce(operator.add, (x**k / factorial(k) for k in range(6)))
pairs = [a * b for a, b in itertools.combinations([x, x**2, x**3], 2)]
total = taylor + sum(pairs) + partial(torch.mul, other=2.0)(x)
total.backward()
print(Counter("backward").most_common(2), list(itertools.accumulate([1, 2, 3])))
x.grad
