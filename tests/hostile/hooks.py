# %% atexit_left
import atexit
atexit.register(lambda: open("@DIR@/new", "w"))
class Late:
    def __del__(self): open("@DIR@/new", "w")
late = Late()
# %% finalizers
import weakref, gc
class A: pass
a = A(); a.self = a
weakref.finalize(a, open, "@DIR@/new", "w")
gc.callbacks.append(lambda phase, info: open("@DIR@/new", "w"))
del a; gc.collect()
# %% excepthook
import sys
sys.excepthook = lambda *a: open("@DIR@/new", "w")
sys.unraisablehook = sys.excepthook
class A:
    def __del__(self): raise ValueError
A()
raise ValueError("x")
# %% displayhook
import sys, builtins
sys.displayhook = lambda value: open("@DIR@/new", "w")
1 + 1
# %% audit_hook
import sys
sys.addaudithook(lambda event, args: open("@DIR@/new", "w") if event == "import" else None)
import math
# %% stdout_replaced
import sys, builtins
class Evil:
    def write(self, text): open("@DIR@/new", "w")
    def flush(self): pass
sys.stdout = Evil()
print("x")
# %% print_replaced
import builtins
builtins.print = lambda *a: open("@DIR@/new", "w")
print("x")
# %% tensor_hook_that_opens
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: open("@SECRET@"))
x.sum().backward()
# %% module_hook_that_forks
import os
net = torch.nn.Linear(2, 2)
net.register_forward_hook(lambda *a: os.fork())
net(torch.ones(2))
print("GOT")
# %% backward_that_exits
import os
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): os._exit(0)
x = torch.ones(2, requires_grad=True)
F.apply(x).sum().backward()
# %% repr_that_exits
import os
class A:
    def __repr__(self): os._exit(0)
A()
# %% repr_that_never_ends -> limit_wall
class A:
    def __repr__(self):
        while True: pass
A()
# %% name_subclass
class Name(str):
    def __hash__(self): return 1
    def __eq__(self, other): raise ValueError
try:
    globals()[Name("x")] = torch.ones(1)
except ValueError:
    pass
class Loud:
    def __repr__(self): raise SystemExit(0)
Loud()
# %% tensor_subclass_that_lies
class T(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): raise SystemExit(0)
x = torch.ones(2, requires_grad=True).as_subclass(T)
y = x + 1
# %% properties_that_raise
class M(torch.nn.Module):
    @property
    def weight(self): raise KeyError
    def __getattr__(self, name): raise SystemExit(3)
    def named_parameters(self, *a, **k): raise MemoryError
    def __class_getitem__(cls, x): raise ValueError
m = M.__new__(M)
# %% isinstance_that_lies
class A:
    @property
    def __class__(self): return torch.Tensor
    def __getattr__(self, name): return lambda *a, **k: open("@SECRET@")
x = A()
x
# %% exception_with_an_evil_str
class E(Exception):
    def __str__(self): raise SystemExit(0)
    __repr__ = __str__
raise E
# %% exception_with_a_long_str
raise ValueError("x" * 10**7)
# %% exception_type_with_an_evil_name
class Meta(type):
    @property
    def __name__(cls): raise SystemExit(0)
class E(Exception, metaclass=Meta): pass
raise E("x")
# %% message_no_string
class E(Exception):
    def __str__(self): return type("S", (str,), {"__len__": lambda s: 10**18})("x")
raise E
# %% exception_group_nested
error = ValueError("x")
for _ in range(50_000): error = ExceptionGroup("g", [error])
raise error
# %% cause_in_a_circle
a, b = ValueError("a"), ValueError("b")
a.__cause__, b.__cause__ = b, a
raise a
# %% torch_replaced
import sys
torch.Tensor.backward = lambda *a: open("@SECRET@")
torch.autograd._engine_run_backward = None
sys.modules["torch"] = None
x = 1
# %% saved_tensor_hooks
with torch.autograd.graph.saved_tensors_hooks(lambda t: open("@SECRET@"), lambda t: t):
    torch.ones(2, requires_grad=True).exp()
# %% dispatch_mode
from torch.utils._python_dispatch import TorchDispatchMode
class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None): raise SystemExit(0)
Mode().__enter__()
x = torch.ones(2, requires_grad=True)
# %% function_mode_never_left
from torch.overrides import TorchFunctionMode
class Mode(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None): raise KeyError("x")
Mode().__enter__()
# %% own_meaning_of_line_calls
import builtins
for name in list(vars(builtins)):
    if "viz" in name or name.startswith("_") and name not in ("__import__", "__build_class__", "__name__"):
        setattr(builtins, name, lambda *a: open("@DIR@/new", "w"))
x = 1
y = 2
