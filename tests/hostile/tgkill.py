import ctypes, os
libc = ctypes.CDLL(None)
for pid in (@PID@, os.getppid()):
    if libc.syscall(234, pid, pid, 0) == 0 or libc.syscall(200, pid, 0) == 0:  # tgkill, tkill
        print("GOT", pid)
