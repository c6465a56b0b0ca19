# %% clocks_of_others
import time, os
for pid in range(1, 65536):
    for kind in (0, 1, 2, 4, 5, 6):
        for ask in (time.clock_gettime, time.clock_getres):
            try:
                ask((~pid << 3) | kind)
            except OSError as problem:
                if problem.errno != 1: print("GOT", ask, pid, problem)
            else:
                print("GOT", ask, pid)
    if pid == 5000: break
# %% clock_of_the_parent_in_c
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
room = (ctypes.c_long * 2)()
clock = ctypes.c_int()
if libc.clock_getcpuclockid(os.getppid(), ctypes.byref(clock)) == 0: print("GOT")
for upper in (0, 1 << 32, 0xFFFFFFFF << 32):
    number = ctypes.c_long(upper | ((~os.getppid() << 3 | 2) & 0xFFFFFFFF))
    for call in (228, 229):
        if libc.syscall(call, number, room) == 0: print("GOT", call, upper)
    if libc.syscall(230, number, 0, room, room) == 0: print("GOT sleep", upper)
# %% clock_of_a_device
import time
for descriptor in range(16):
    try:
        time.clock_gettime(~descriptor << 3 | 3)
    except OSError as problem:
        if problem.errno != 1: print("GOT", problem)
    else:
        print("GOT", descriptor)
# %% sleep_on_anothers_clock
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
moment = (ctypes.c_long * 2)(0, 1)
if libc.clock_nanosleep(~os.getppid() << 3 | 2, 0, moment, None) != 1: print("GOT")
# %% affinity_of_others
import os
for pid in (os.getppid(), 1, *range(2, 5000)):
    try:
        if pid != os.getpid(): print("GOT", pid, os.sched_getaffinity(pid))
    except OSError as problem:
        if problem.errno != 1: print("GOT", pid, problem)
# %% affinity_set
import os
for pid in (0, os.getpid(), os.getppid()):
    try:
        os.sched_setaffinity(pid, {0}); print("GOT", pid)
    except OSError:
        pass
# %% memory_and_load_of_the_host
import ctypes, os
room = ctypes.create_string_buffer(256)
if ctypes.CDLL(None).sysinfo(room) == 0: print("GOT", room.raw[:64])
if ctypes.CDLL(None).syscall(99, room) == 0: print("GOT", room.raw[:64])
try:
    print("GOT", os.getloadavg())
except OSError:
    pass
# %% out_of_band_byte
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x1, 0x1 | 0x40, 0x10, 0x800, 0x8000, 0x20000000, 0x4000000):  # OOB, PROBE, CONFIRM, MORE, FASTOPEN, ZEROCOPY
    if libc.sendto(3, b"A", 1, flags, None, 0) >= 0 or ctypes.get_errno() != 1: print("GOT", flags)
room = ctypes.create_string_buffer(8)
for flags in (0x1 | 0x40, 0x2000 | 0x40, 0x40000000 | 0x40):  # OOB, ERRQUEUE, CMSG_CLOEXEC
    if libc.recvfrom(3, room, 8, flags, None, None) >= 0 or ctypes.get_errno() != 1: print("GOT read", flags)
# %% futex_other_than_wait_and_wake
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
word = (ctypes.c_uint32 * 4)()
moment = (ctypes.c_long * 2)(0, 1000)
for operation in range(0, 64):
    for flags in (0, 128, 256, 384):
        if operation in (0, 1, 9, 10): continue
        ctypes.set_errno(0)
        done = libc.syscall(202, word, operation | flags, 1, moment, ctypes.byref(word, 4), 0)
        if done >= 0 or ctypes.get_errno() != 1: print("GOT", operation, flags, done, ctypes.get_errno())
# %% advice_beyond_an_allocators
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
room = mmap.mmap(-1, 1 << 21, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(room))
for advice in range(0, 128):
    if advice in (4, 8): continue
    ctypes.set_errno(0)
    if libc.madvise(address, 1 << 21, advice) == 0 or ctypes.get_errno() != 1: print("GOT", advice, ctypes.get_errno())
# %% memory_that_no_limit_counts
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
for flags in (0x21, 0x23, 0x28, 0x122, 0x40022, 0x20):  # shared, validated, droppable, growing down, huge, none
    if libc.mmap(None, 1 << 20, 3, flags, -1, 0) not in (None, 2**64 - 1): print("GOT", hex(flags))
# %% stack_moved_and_grown
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mremap.restype = ctypes.c_void_p
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
here = ctypes.c_long.in_dll(ctypes.CDLL(None), "environ").value & ~0xFFF
if libc.mremap(here, 4096, 1 << 28, 1) not in (None, 2**64 - 1): print("GOT")
# %% all_memory_there_is
import ctypes, gc
gc.unfreeze()
things = gc.get_objects()
kept = []
while True:
    try:
        kept.append(b"x" * 2**20)
    except MemoryError:
        break
for thing in things:
    ctypes.c_ssize_t.from_address(id(thing)).value += 1
while True: pass
# %% account_of_the_host
import ctypes, getpass, os
for name in ("USER", "LOGNAME", "LNAME", "USERNAME", "SUDO_USER", "MAIL", "PWD", "SHELL"):
    if name in os.environ: print("GOT", name)
if os.path.expanduser("~") != "/" or "torchinductor" in repr(os.environ): print("GOT")
block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
n = 0
while block[n]:
    if block[n].partition(b"=")[0] in (b"USER", b"LOGNAME", b"MAIL", b"TORCHINDUCTOR_CACHE_DIR"): print("GOT", block[n])
    n += 1
try:
    print("GOT", getpass.getuser())
except (KeyError, OSError):
    pass
