import numpy as np
for attempt in (lambda: np.fromfile("@SECRET@", dtype=np.uint8), lambda: np.save("@DIR@/new.npy", np.ones(2)),
                lambda: np.memmap("@SECRET@", mode="r"), lambda: np.loadtxt("@SECRET@", dtype=str)):
    try:
        print("GOT", attempt())
    except OSError:
        pass
