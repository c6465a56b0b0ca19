import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in (2, 257, 437, 85, 304):  # open, openat, openat2, creat, open_by_handle_at
    if libc.syscall(number, b"@SECRET@" if number != 257 else -100, b"@SECRET@", 0) >= 0:
        print("GOT")
