import os
for attempt in (lambda: os.unlink("@SECRET@"), lambda: os.chmod("@SECRET@", 0), lambda: os.rename("@SECRET@", "@DIR@/new"),
                lambda: os.mkdir("@DIR@/new"), lambda: os.symlink("/", "@DIR@/new"), lambda: os.mkfifo("@DIR@/new"),
                lambda: os.stat("@SECRET@"), lambda: os.listdir("@DIR@"), lambda: os.truncate("@SECRET@", 0)):
    try:
        attempt()
        print("GOT")
    except OSError:
        pass
