# %% environment_and_builtins
import os, builtins, sys
os.environ["LEFT"] = "1"
builtins.left = 1
builtins.len = lambda x: 7
sys.modules["math"] = None
sys.path.append("/left")
# %% torch_settings
torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
torch.set_printoptions(precision=1)
torch.autograd.set_detect_anomaly(True)
# %% classes_patched
torch.Tensor.__add__ = lambda a, b: a
torch.Tensor.__repr__ = lambda a: "left"
torch.nn.Linear.forward = lambda self, x: x
torch.randn = lambda *a: torch.ones(1)
# %% engine_patched
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("viz_app"):
        for key in list(vars(module)):
            setattr(module, key, None)
# %% values_in_place
import sys
sys.modules["math"].pi = 3
import numpy as np
np.random.seed(1); np.seterr(all="raise")
import random; random.seed(1)
import gc; gc.disable()
sys.setrecursionlimit(100)
sys.dont_write_bytecode = True
# %% small_integers
import ctypes
ctypes.c_int.from_address(id(7) + 24).value = 8
print(7 + 0)
# %% locale_and_time
import os, time, locale
os.environ["TZ"] = "Asia/Seoul"; time.tzset()
try: locale.setlocale(locale.LC_ALL, "ko_KR.UTF-8")
except locale.Error: pass
# %% clock
import time
for attempt in (lambda: time.clock_settime(time.CLOCK_REALTIME, 0), lambda: time.clock_settime(time.CLOCK_MONOTONIC, 0)):
    try: attempt(); print("GOT")
    except OSError: pass
# %% logging_and_warnings
import logging, warnings
logging.disable(logging.CRITICAL)
warnings.simplefilter("error")
logging.getLogger().addHandler(logging.StreamHandler())
# %% caches
import re, functools, linecache, typing
re.compile("x"); linecache.cache["<program>"] = (1, None, ["left\n"], "<program>")
torch.overrides.get_overridable_functions.cache_clear()
# %% memory_of_the_last_visitor
secret = torch.tensor([float(ord(c)) for c in "left-by-another" * 1000])
text = "left-by-" + "another"
# %% descriptors
import os
for _ in range(100):
    try: os.dup(3)
    except OSError: break
# %% umask_and_folder
import os, posix
for attempt in (lambda: os.umask(0), lambda: posix.chdir("/tmp"), lambda: os.fchdir(3)):
    try: attempt(); print("GOT")
    except OSError: pass
# %% default_device_and_threads
torch.set_default_device("meta")
torch.set_num_threads(4)
torch.set_flush_denormal(True)
# %% custom_operator
lib = torch.library.Library("left", "DEF")
lib.define("f(Tensor x) -> Tensor")
