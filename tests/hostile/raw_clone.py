import ctypes
libc = ctypes.CDLL(None)
for number in (56, 57, 58, 435):  # clone, fork, vfork, clone3
    if libc.syscall(number, 17, 0, 0, 0, 0) >= 0:
        print("GOT", number)
