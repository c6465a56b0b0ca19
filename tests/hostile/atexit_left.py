import atexit
atexit.register(lambda: open("@DIR@/new", "w"))
class Late:
    def __del__(self):
        open("@DIR@/new", "w")
late = Late()
