import os
for path in (f"/proc/{os.getppid()}/environ", "/proc/@PID@/environ", "/proc/self/mem", "/proc/self/maps"):
    try:
        open(path, "rb")
        print("GOT", path)
    except OSError:
        pass
