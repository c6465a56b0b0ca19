# %% open_through_subclasses
for cls in ().__class__.__base__.__subclasses__():
    if cls.__name__ == "_wrap_close":
        try:
            print("GOT", cls.__init__.__globals__["open"]("@SECRET@"))
        except (KeyError, OSError):
            pass
# %% system_through_subclasses
for cls in object.__subclasses__():
    found = getattr(getattr(cls, "__init__", None), "__globals__", {})
    if "system" in found:
        print("GOT" if found["system"]("touch @DIR@/new") == 0 else "refused")
# %% popen_by_name
for cls in object.__subclasses__():
    if cls.__name__ == "Popen":
        print("GOT", cls(["/bin/sh", "-c", "touch @DIR@/new"]).wait())
# %% file_loader
for cls in object.__subclasses__():
    if cls.__name__ == "FileLoader":
        print("GOT", cls("x", "@SECRET@").get_data("@SECRET@"))
import importlib.machinery
print("GOT", importlib.machinery.SourceFileLoader("x", "@SECRET@").get_data("@SECRET@"))
# %% io_open_code
import io
print("GOT", io.open_code("@SECRET@").read())
# %% raw_file
import _io
print("GOT", _io.FileIO("@SECRET@").read())
# %% builtins_found_anywhere
import gc
for thing in gc.get_objects():
    if type(thing) is dict and "__builtins__" in thing:
        try:
            print("GOT", thing["__builtins__"]["open"]("@SECRET@").read())
            break
        except (OSError, TypeError, KeyError, ValueError):
            continue
# %% class_reassigned
class Fake: pass
f = Fake()
import io
try:
    f.__class__ = io.FileIO
except TypeError:
    f = io.FileIO.__new__(io.FileIO)
    f.__init__("@SECRET@")
print("GOT", f.read())
# %% code_replaced
def harmless(): return 1
def harm(): return open("@DIR@/new", "w")
harmless.__code__ = harm.__code__
print("GOT", harmless())
# %% code_made_by_hand
code = compile("open('@DIR@/new', 'w')", "x", "exec")
code = code.replace(co_filename="/usr/lib/python3/site.py")
exec(code)
print("GOT")
# %% function_without_builtins
import types
f = types.FunctionType(compile("print(().__class__.__mro__[1].__subclasses__()[0])", "x", "exec"), {})
try: f()
except NameError: pass
print(open("@SECRET@").read(), "GOT")
# %% str_format
class A:
    def __init__(self): self.torch = torch
print("{0.torch.os.environ}".format(A()))
print("GOT " + "{0.torch.os.sys.modules[posix].environ}".format(A()) if "@SECRET@" in "{0.torch.os.environ}".format(A()) else "")
# %% getattr_chain
print("GOT", getattr(getattr(__import__("o" + "s"), "po" + "pen")("cat @SECRET@"), "read")())
# %% metaclass
class Meta(type):
    def __getattr__(cls, name): return open("@SECRET@").read()
class A(metaclass=Meta): pass
print("GOT", A.anything)
# %% descriptor_of_torch
print("GOT", torch.serialization.os.listdir("@DIR@"))
# %% torch_module_reference
print("GOT", torch.hub.shutil.copy("@SECRET@", "@DIR@/new"))
# %% mro_entries
class Sly:
    def __mro_entries__(self, bases):
        return (type(open("@SECRET@")),)
class B(Sly()): pass
print("GOT")
# %% loader_of_builtins
import sys
spec = __builtins__["__spec__"] if isinstance(__builtins__, dict) else __builtins__.__spec__
posix = spec.loader.load_module("posix")
print("GOT", posix.open("@SECRET@", 0))
