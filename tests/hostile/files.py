# %% open_read
print("GOT", open("@SECRET@").read())
# %% open_write
open("@DIR@/new", "w").write("x"); print("GOT")
# %% os_open
import os; print("GOT", os.open("@DIR@/new", os.O_CREAT | os.O_WRONLY))
# %% pathlib
from pathlib import Path
for attempt in (Path("@SECRET@").read_text, lambda: Path("@DIR@/new").write_text("x"), lambda: list(Path("@DIR@").iterdir()), Path("@DIR@/new").touch):
    try: print("GOT", attempt())
    except OSError: pass
# %% process_files
import os
for path in (f"/proc/{os.getppid()}/environ", "/proc/@PID@/environ", "/proc/self/mem", "/proc/self/maps", "/proc/@PID@/mem", "/proc/@PID@/fd/0", "/proc/self/root@SECRET@", "/dev/fd/3", "/proc/self/fd/3"):
    try:
        open(path, "rb"); print("GOT", path)
    except OSError:
        pass
# %% changed_and_removed
import os
for attempt in (lambda: os.unlink("@SECRET@"), lambda: os.chmod("@SECRET@", 0), lambda: os.rename("@SECRET@", "@DIR@/new"),
                lambda: os.mkdir("@DIR@/new"), lambda: os.symlink("/", "@DIR@/new"), lambda: os.mkfifo("@DIR@/new"),
                lambda: os.link("@SECRET@", "@DIR@/new"), lambda: os.utime("@SECRET@"), lambda: os.chown("@SECRET@", 0, 0),
                lambda: os.stat("@SECRET@"), lambda: os.listdir("@DIR@"), lambda: os.truncate("@SECRET@", 0),
                lambda: os.statvfs("/"), lambda: os.readlink("/proc/self/exe"), lambda: os.access("@SECRET@", 4) or 1 / 0, lambda: os.chdir("@DIR@")):
    try:
        attempt(); print("GOT")
    except (OSError, ZeroDivisionError):
        pass
# %% numpy
import numpy as np
for attempt in (lambda: np.fromfile("@SECRET@", dtype=np.uint8), lambda: np.save("@DIR@/new.npy", np.ones(2)),
                lambda: np.memmap("@SECRET@", mode="r"), lambda: np.loadtxt("@SECRET@", dtype=str), lambda: np.savez("@DIR@/new", np.ones(1)), lambda: np.ones(2).tofile("@DIR@/new")):
    try: print("GOT", attempt())
    except OSError: pass
# %% torch_files
for attempt in (lambda: torch.save(torch.ones(2), "@DIR@/new.pt"), lambda: torch.load("@SECRET@"),
                lambda: torch.from_file("@SECRET@", size=4, dtype=torch.uint8),
                lambda: torch.UntypedStorage.from_file("@SECRET@", False, 4),
                lambda: torch.jit.load("@SECRET@"), lambda: torch.classes.load_library("@SECRET@"), lambda: torch.ops.load_library("@SECRET@"),
                lambda: torch._C.PyTorchFileReader("@SECRET@"), lambda: torch._C.PyTorchFileWriter("@DIR@/new"), lambda: torch.jit.script(torch.nn.Linear(1, 1)).save("@DIR@/new")):
    try: print("GOT", attempt())
    except Exception: pass
# %% shared_storage
x = torch.ones(4)
for attempt in (x.share_memory_, lambda: x.untyped_storage()._share_filename_cpu_(), lambda: x.untyped_storage()._share_fd_cpu_()):
    try: attempt(); print("GOT")
    except Exception: pass
# %% shared_memory
from multiprocessing import shared_memory
print("GOT", shared_memory.SharedMemory(create=True, size=10))
# %% temporary_file
import tempfile
print("GOT", tempfile.NamedTemporaryFile(dir="@DIR@"), tempfile.mkdtemp(dir="@DIR@"))
# %% mapped_file
import mmap, os
print("GOT", mmap.mmap(os.open("@SECRET@", 0), 4))
# %% databases
import sqlite3
print("GOT", sqlite3.connect("@DIR@/new").execute("create table t(x)"))
# %% zip_and_tar
import zipfile, tarfile, shutil
for attempt in (lambda: zipfile.ZipFile("@DIR@/new", "w"), lambda: tarfile.open("@DIR@/new", "w"), lambda: shutil.make_archive("@DIR@/new", "zip", "@DIR@"), lambda: shutil.disk_usage("/")):
    try: print("GOT", attempt())
    except (OSError, ImportError): pass
# %% logged_to_a_file
import logging
logging.basicConfig(filename="@DIR@/new"); logging.error("x"); print("GOT")
# %% standard_streams
import os, sys
for n in (0, 1, 2):
    try: os.write(n, b"to a terminal")
    except OSError: pass
if os.read(0, 10): print("GOT")
sys.__stdout__ and sys.__stdout__.write("x")
try: print("GOT", input())
except EOFError: pass
# %% other_descriptors
import os
for n in range(4, 1024):
    try:
        os.lseek(n, 0, 1); print("GOT", n)
    except OSError as e:
        if e.errno != 9: print("GOT", n, e)
# %% secrets_of_streamlit
for path in (".streamlit/secrets.toml", "@DIR@/.streamlit/secrets.toml", "~/.streamlit/secrets.toml"):
    try: print("GOT", open(path).read())
    except OSError: pass
try:
    import streamlit
    print("GOT", streamlit.secrets["key"])
except Exception:
    pass
# %% debugger
import faulthandler
faulthandler.dump_traceback(open("@DIR@/new", "w"))
print("GOT")
# %% profiler
import cProfile
cProfile.run("1 + 1", "@DIR@/new"); print("GOT")
