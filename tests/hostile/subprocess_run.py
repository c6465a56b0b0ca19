import subprocess, os
for attempt in (lambda: subprocess.run(["/bin/sh", "-c", "touch @DIR@/new"]), lambda: os.system("touch @DIR@/new") == 0 and print("GOT"),
                lambda: os.popen("touch @DIR@/new").read(), lambda: os.posix_spawn("/bin/true", ["true"], {})):
    try:
        attempt()
    except OSError:
        pass
