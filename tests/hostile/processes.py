# %% fork
import os
if os.fork() == 0:
    open("@DIR@/new", "w"); os._exit(0)
print("GOT")
# %% exec
import os; os.execv("/bin/sh", ["sh", "-c", "touch @DIR@/new"])
# %% many_ways_to_start
import subprocess, os, pty
for attempt in (lambda: subprocess.run(["/bin/sh", "-c", "touch @DIR@/new"]), lambda: os.system("touch @DIR@/new") == 0 and print("GOT"),
                lambda: os.popen("touch @DIR@/new").read(), lambda: os.posix_spawn("/bin/true", ["true"], {}), lambda: os.spawnl(os.P_WAIT, "/bin/true", "true") == 0 and print("GOT"),
                os.forkpty, os.openpty, lambda: pty.spawn("/bin/true"), os.pipe, lambda: os.memfd_create("x")):
    try: attempt()
    except OSError: pass
# %% multiprocessing
import multiprocessing
p = multiprocessing.get_context("fork").Process(target=print)
p.start(); print("GOT")
# %% pool
from concurrent.futures import ProcessPoolExecutor
print("GOT", ProcessPoolExecutor(2).submit(abs, 1).result())
# %% torch_multiprocessing
import torch.multiprocessing as mp
mp.spawn(print, nprocs=2); print("GOT")
# %% data_loader_workers
from torch.utils.data import DataLoader, dataloader
print("GOT", list(dataloader._MultiProcessingDataLoaderIter(DataLoader(range(4), num_workers=2))))
# %% compiled_code
import torch._dynamo
f = torch._dynamo.optimize("inductor")(lambda x: x.sin() + 1)
print(f(torch.ones(1)))
print("GOT")
# %% inline_c
from torch.utils.cpp_extension import load_inline
print("GOT", load_inline("x", "int f() { return 1; }", functions=["f"]))
# %% thread
import threading
threading.Thread(target=lambda: print("GOT")).start()
# %% thread_pool
from concurrent.futures import ThreadPoolExecutor
print("GOT", ThreadPoolExecutor(1).submit(abs, 1).result())
# %% timer_thread
import threading
threading.Timer(0, lambda: print("GOT")).start()
# %% torch_threads
torch.set_num_threads(16)
x = torch.randn(400, 400)
(x @ x).sum()
@torch.jit.script
def f(x):
    fut = torch.jit.fork(torch.relu, x)
    return torch.jit.wait(fut)
# %% native_thread
import ctypes
libc = ctypes.CDLL(None)
handle = ctypes.c_ulong()
if libc.pthread_create(ctypes.byref(handle), None, ctypes.CFUNCTYPE(ctypes.c_void_p)(lambda: None), None) == 0: print("GOT")
# %% priority
import os
for attempt in (lambda: os.nice(-5), lambda: os.setpriority(0, @PID@, 19), lambda: os.sched_setaffinity(@PID@, {0}), os.setsid, lambda: os.setpgid(0, 0), lambda: os.sched_setscheduler(0, 1, os.sched_param(1))):
    try: attempt(); print("GOT")
    except OSError: pass
