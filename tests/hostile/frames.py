# %% open_in_every_frame
import sys
frame = sys._getframe()
while frame:
    try:
        print("GOT", frame.f_builtins["open"]("@SECRET@").read())
    except OSError:
        pass
    frame = frame.f_back
# %% globals_of_the_caller
import sys
frame = sys._getframe()
while frame.f_back:
    frame = frame.f_back
print("GOT", frame.f_globals["os"].listdir("@DIR@"))
# %% traceback_frames
try:
    raise ValueError
except ValueError as error:
    frame = error.__traceback__.tb_frame
    while frame:
        for name, value in list(frame.f_locals.items()):
            if "planted" in repr(value)[:10000].lower() and "GOT" not in repr(value)[:10000]: print("G" + "OT", name)
        frame = frame.f_back
# %% generator_frame
def g(): yield
it = g(); next(it)
print("GOT", it.gi_frame.f_builtins["__import__"]("subprocess").check_output("id"))
# %% coroutine_frame
async def c(): pass
it = c()
print("GOT", it.cr_frame.f_builtins["open"]("@SECRET@"))
# %% socket_of_the_engine
import sys
frame = sys._getframe()
while frame:
    for value in frame.f_locals.values():
        if type(value).__name__ == "socket":
            try:
                value.connect(("127.0.0.1", @PORT@)); print("GOT")
            except OSError:
                pass
    frame = frame.f_back
# %% locals_of_the_engine
import sys
frame = sys._getframe()
while frame:
    frame.f_locals.clear() if frame.f_globals.get("__name__") != "__main__" else None
    frame = frame.f_back
x = torch.ones(2, requires_grad=True)
x.sum().backward()
# %% globals_of_the_engine_gone
import sys
frame = sys._getframe().f_back
while frame:
    frame.f_globals.clear()
    frame = frame.f_back
# %% current_frames
import sys
for frame in sys._current_frames().values():
    print("GOT", frame.f_builtins["open"]("@SECRET@"))
# %% trace_function
import sys
def tracer(frame, event, arg):
    frame.f_builtins["open"]("@DIR@/new", "w")
    return tracer
sys.settrace(tracer)
def f(): return 1
f()
print("GOT")
# %% profile_function
import sys
sys.setprofile(lambda frame, event, arg: open("@DIR@/new", "w"))
len([])
# %% opcodes_traced
import sys
def tracer(frame, event, arg):
    frame.f_trace_opcodes = True
    return tracer
sys.settrace(tracer)
for i in range(10): i + 1
torch.ones(1).sum()
