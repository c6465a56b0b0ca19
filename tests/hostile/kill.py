import os
for pid in (@PID@, os.getppid(), 1, 0, -1):
    try:
        os.kill(pid, 0)
        print("GOT", pid)
    except OSError:
        pass
