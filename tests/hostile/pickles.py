# %% pickle_system
import pickle
class Evil:
    def __reduce__(self): return __import__("os").system, ("touch @DIR@/new",)
print("GOT" if pickle.loads(pickle.dumps(Evil())) == 0 else "refused")
# %% pickle_by_hand
import pickle
print("GOT", pickle.loads(b"cbuiltins\nopen\n(V@SECRET@\ntR."))
# %% torch_load_of_a_pickle
import io, pickle
class Evil:
    def __reduce__(self): return open, ("@DIR@/new", "w")
room = io.BytesIO()
torch.save({"x": Evil()}, room)
room.seek(0)
print("GOT", torch.load(room, weights_only=False))
# %% copied
import copy
class Evil:
    def __deepcopy__(self, memo): return open("@DIR@/new", "w")
print("GOT", copy.deepcopy([Evil()]))
# %% pickle_as_answer
import os, pickle, struct
body = pickle.dumps(os.system)
os.write(3, struct.pack("<I", len(body)) + body)
os._exit(0)
# %% reduce_in_a_variable
class Evil(torch.Tensor):
    def __reduce_ex__(self, p): return open, ("@DIR@/new", "w")
x = torch.ones(2).as_subclass(Evil)
# %% marshal
import marshal
exec(marshal.loads(marshal.dumps(compile("print('GOT', open('@SECRET@').read())", "x", "exec"))))
# %% marshal_garbage
import marshal
try: exec(marshal.loads(b"\xe3" + b"\x01" * 200))
except (ValueError, EOFError, TypeError): pass
# %% codec_that_opens
import codecs
codecs.register(lambda name: codecs.CodecInfo(lambda s, e="": (open("@DIR@/new", "w"), 1), lambda b, e="": ("x", 1)) if name == "evil" else None)
"x".encode("evil"); print("GOT")
# %% coding_line_in_the_source
# -*- coding: rot13 -*-
cevag("GOT")
# %% codec_by_import
print("GOT", open("@SECRET@", encoding="idna"))
# %% decoded_source
import codecs
exec(codecs.decode("bcra('@QVE@/arj','j')".replace("@QVE@", codecs.encode("@DIR@", "rot13")), "rot13")); print("GOT")
# %% importing_from_elsewhere
import sys
sys.path.insert(0, "@DIR@")
import secret
print("GOT")
# %% import_hook
import sys
class Finder:
    def find_spec(self, name, path, target=None):
        print("GOT", open("@SECRET@").read())
sys.meta_path.insert(0, Finder())
import nothing_of_this_name
# %% import_replaced
import builtins
real = builtins.__import__
def evil(name, *rest, **kw):
    open("@DIR@/new", "w"); print("GOT")
    return real(name, *rest, **kw)
builtins.__import__ = evil
import math
# %% module_reloaded
import importlib, os
importlib.reload(os); print("GOT", os.listdir("@DIR@"))
# %% fresh_extension_module
import importlib.util, _imp
print("GOT", _imp.create_dynamic(importlib.util.spec_from_file_location("evil", "@SECRET@")))
# %% site_packages
import site, sysconfig, os
print("GOT", os.listdir(sysconfig.get_path("purelib")))
# %% zip_import
import zipimport
print("GOT", zipimport.zipimporter("@SECRET@"))
# %% package_data
import importlib.resources, pkgutil
print("GOT", pkgutil.get_data("viz_app", "model.py"), list(importlib.resources.files("torch").iterdir()))
# %% linecache
import linecache
print("GOT" if linecache.getlines("@SECRET@") else "empty")
# %% source_of_the_engine
import inspect
print("GOT", inspect.getsource(__import__("viz_app.engine.process.sandbox")))
