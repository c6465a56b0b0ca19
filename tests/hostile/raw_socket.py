import ctypes
libc = ctypes.CDLL(None)
for family in (1, 2, 10, 16, 17):
    if libc.socket(family, 1, 0) >= 0:
        print("GOT", family)
if libc.syscall(425, 8, 0) >= 0 or libc.syscall(53, 1, 1, 0, (ctypes.c_int * 2)()) >= 0:  # io_uring, socketpair
    print("GOT")
