# %% integer_power
x = 9 ** 9 ** 9 ** 9
# %% integer_shift
x = 1 << 2**40
# %% factorial
import math
math.factorial(10**8)
# %% integer_to_text
print(10 ** 10**6)
# %% string_times
x = "a" * 10**12
# %% string_doubled
s = "x"
while True: s += s
# %% format_width
"%0999999999d" % 1 + f"{1:0999999999}"
# %% list_grows
l = []
while True: l.append(l * 2)
# %% list_times
x = [0] * 10**11
# %% dict_grows
d = {}
while True: d[len(d)] = bytes(10**6)
# %% tensors_kept
kept = []
while True: kept.append(torch.ones(2**20))
# %% tensor_too_large
torch.empty(10**15)
# %% tensor_zeros
torch.zeros(2**31)
# %% negative_size
torch.empty(-1)
# %% outer_product
x = torch.ones(10**5); torch.outer(x, x)
# %% loop -> limit_wall
while True: pass
# %% loop_that_swallows -> limit_wall
while True:
    try:
        while True: pass
    except BaseException: pass
# %% loop_of_generators -> limit_wall
def f():
    while True: yield
for _ in f(): pass
# %% loop_in_finally -> limit_wall
try: raise ValueError
finally:
    while True: pass
# %% loop_in_a_destructor -> limit_wall
class A:
    def __del__(self):
        while True: pass
A()
# %% sleep -> limit_wall
import time
time.sleep(10**6)
# %% sleep_that_wakes -> limit_wall
import time
while True:
    try: time.sleep(0.01)
    except BaseException: pass
# %% lock -> limit_wall
import threading
lock = threading.Lock(); lock.acquire(); lock.acquire()
# %% sum_of_c -> limit_wall
sum(range(10**12))
# %% regular_expression -> limit_wall
import re
re.match(r"(a+)+$", "a" * 60 + "b")
# %% kernel_one_element -> limit_wall
torch.ones(1).expand(10**11).sum()
# %% kernel_polynomial -> limit_wall
torch.special.legendre_polynomial_p(torch.tensor(0.5), n=10**9)
# %% kernel_matrix
x = torch.ones(1, 1).expand(2**10, 2**10)
for _ in range(10**5): (x @ x).sum()
# %% hash_collisions
d = {}
class A:
    def __hash__(self): return 1
    def __eq__(self, other): return False
for i in range(10**9): d[A()] = i
# %% recursion
def f(): return f()
f()
# %% recursion_unlimited
import sys
sys.setrecursionlimit(10**9)
def f(): return f()
f()
# %% recursion_in_c
import sys
sys.setrecursionlimit(10**6)
x = []
for _ in range(10**5): x = [x]
repr(x)
# %% recursion_in_repr
class A:
    def __repr__(self): return repr(self)
A()
# %% nested_brackets
eval("(" * 100_000 + ")" * 100_000)
# %% nested_lambdas
exec("x = " + "lambda: " * 5000 + "1")
# %% many_statements
exec("a=1;" * 10**6)
# %% chain_of_autograd
x = torch.ones(1, requires_grad=True)
y = x
for _ in range(10**6): y = y + 1
y.backward()
# %% graph_freed_deep
x = torch.ones(1, requires_grad=True)
with torch.no_grad(): pass
y = x
for _ in range(20_000): y = y * 1.0
del y
# %% backward_passes
x = torch.ones(1, requires_grad=True)
while True: (x * 2).backward()
# %% prints -> limit_printed
while True: print("x" * 1000)
# %% one_long_print -> limit_printed
print("x" * 10**7)
# %% print_without_end
while True: print("x", end="")
# %% echoes
class A:
    def __repr__(self): return "x" * 10**7
A()
# %% result_too_large
xs = [torch.rand(1024, requires_grad=True) for _ in range(10**5)]
sum(xs).sum().backward()
# %% names_without_number
for i in range(10**5): globals()[f"x{i}"] = torch.ones(1, requires_grad=True)
# %% name_too_long
globals()["x" * 10**7] = torch.ones(2, requires_grad=True)
# %% dimensions_without_number
x = torch.ones([1] * 64, requires_grad=True).sum()
# %% division_trap
torch.div(torch.tensor([-2**63]), -1, rounding_mode="trunc")
# %% sparse_out_of_bounds
torch.sparse_coo_tensor(torch.tensor([[10**12]]), torch.ones(1), (2,), check_invariants=False).to_dense()
# %% storage_out_of_bounds
x = torch.ones(4)
x.untyped_storage().resize_(0)
print(x)
# %% strided_beyond
print(torch.ones(1).as_strided((2**20,), (2**20,)))
# %% abort
import os; os.abort()
# %% null_pointer
import ctypes; ctypes.string_at(0)
# %% unpacked
import zlib
data = zlib.compress(bytes(10**7))
for _ in range(3): data = zlib.compress(data)
x = zlib.decompress(zlib.decompress(zlib.decompress(zlib.decompress(data))))
while True: x += x
# %% decimal -> limit_wall
import decimal
decimal.getcontext().prec = 10**8
decimal.Decimal(2) ** decimal.Decimal("0.5")
# %% comprehension
[[[i for i in range(10**4)] for j in range(10**4)] for k in range(10**4)]
# %% product
import itertools
list(itertools.product(range(1000), repeat=5))
