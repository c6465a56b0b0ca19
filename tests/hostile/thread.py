import threading
try:
    threading.Thread(target=lambda: print("GOT")).start()
except RuntimeError:
    pass
