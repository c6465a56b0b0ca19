# %% more_bytes_than_there_is_room
import os
for attempt in (lambda f: f.write(bytes(2**28)), lambda f: f.truncate(2**40), lambda f: (f.seek(2**62), f.write(b"x"))):
    try:
        with open("a", "wb", buffering=0) as f: attempt(f)
        print("GOT")
    except OSError as error:
        if error.errno != 28: print("GOT", error)
# %% many_files_that_are_each_small
import os
got = 0
try:
    for n in range(200): open(f"{n}", "wb").write(bytes(2**20)); got += 1
except OSError: pass
if got > 100: print("GOT")
# %% removed_but_still_open
kept = []
try:
    while True:
        f = open("a", "w+b"); f.write(bytes(2**20)); f.flush(); kept.append(f); __import__("os").remove("a")
except OSError: pass
if len(kept) > 100: print("GOT")
# %% files_without_end
import os
try:
    for n in range(10**6): open(f"{n}", "w").close()
    print("GOT")
except OSError: pass
# %% folders_without_end
import os
try:
    for n in range(10**6): os.mkdir("a"); os.chdir("a")
    print("GOT")
except OSError: pass
print(len(os.getcwd()))
# %% descriptors_without_end
import os
opened = []
try:
    for n in range(10**6): opened.append(os.open("a", os.O_RDWR | os.O_CREAT))
    print("GOT")
except OSError: pass
# %% descriptors_in_native_code
import mmap, os, socket, numpy as np
f = open("a", "w+b"); f.write(b"x" * 4096); f.flush()
for attempt in (lambda: mmap.mmap(f.fileno(), 4096), lambda: np.memmap("a", mode="r"), lambda: socket.socket(fileno=f.fileno()), lambda: os.dup(f.fileno()), lambda: os.sendfile(3, f.fileno(), 0, 10), lambda: np.ones(2).tofile("b")):
    try: attempt(); print("GOT")
    except Exception: pass
# %% the_systems_own_functions
import _io, os, posix, sys
calls = sys.modules["viz_app.engine.program.file_calls"]._ORIGINALS
for attempt in (lambda: calls["builtins.open"]("@SECRET@").read(), lambda: calls["os.open"]("@DIR@/new", 65), lambda: _io.FileIO("@SECRET@"), lambda: _io.open_code("@SECRET@"),
                lambda: posix.open("@SECRET@", 0), lambda: calls["os.listdir"]("@DIR@"), lambda: calls["os.mkdir"]("@DIR@/new"), lambda: calls["os.remove"]("@SECRET@"), lambda: calls["os.rename"]("@SECRET@", "@DIR@/new")):
    try: print("GOT", attempt())
    except OSError: pass
# %% paths_out_of_the_memory
import os
from pathlib import Path
for path in ("../../../../@SECRET@", "/program/../@SECRET@", "//@SECRET@", "/dev/../@SECRET@", "/dev/null/../../@SECRET@", "/proc/self/root@SECRET@", b"@SECRET@", Path("@SECRET@")):
    for attempt in (lambda: open(path).read(), lambda: os.stat(path), lambda: os.listdir(path)):
        try: print("GOT", attempt())
        except OSError: pass
# %% modules_from_the_memory
import os, sys
open("left.py", "w").write("print('GOT')")
sys.path.insert(0, os.getcwd())
try: import left
except ImportError: pass
# %% files_for_the_next_visitor
import os, sys
for path in ("left.txt", "/tmp/left.txt", "/left.txt"):
    open(path, "w").write("left")
os.chdir("/tmp")
sys.modules["viz_app.engine.program.file_calls"].files.most_bytes = 0
os.open = os.stat = open
