"""A replica whose clock is apart from the others': python -m tests.cluster.apart SECONDS run ...

Streamlit's command line, after the wall clock of this process was set ahead (or back).
"""

import sys
import time

from streamlit.web.cli import main

if __name__ == "__main__":
    seconds = float(sys.argv.pop(1))
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)
    main()
