import ctypes, os
libc = ctypes.CDLL(None)
if libc.ptrace(16, os.getppid(), 0, 0) == 0 or libc.syscall(310, os.getppid(), 0, 0, 0, 0, 0) >= 0:
    print("GOT")
