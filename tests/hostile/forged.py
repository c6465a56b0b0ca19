# %% garbage
import os; os.write(3, b"garbage and more"); os._exit(0)
# %% too_long
import os, struct; os.write(3, struct.pack("<I", 2**32 - 1)); os._exit(0)
# %% endless
import os, struct
os.write(3, struct.pack("<I", 2**25))
while True: os.write(3, b"\x90" * 4096)
# %% two_answers
import os, struct
for _ in range(2): os.write(3, struct.pack("<I", 1) + b"\xc0")
os._exit(0)
# %% deep
import os, struct
body = b"\x91" * 200_000
os.write(3, struct.pack("<I", len(body)) + body); os._exit(0)
# %% slow
import os, struct, time
os.write(3, struct.pack("<I", 1000))
while True:
    os.write(3, b"\x80"); time.sleep(0.05)
# %% stopped_it_says_and_goes_on
import os, time
os.write(3, bytes(4))
time.sleep(10**6)
# %% closed
import os; os.close(3)
# %% closed_and_alive
import os, time; os.close(3); time.sleep(100)
# %% nothing
import os; os._exit(0)
# %% exit_of_c
import ctypes; ctypes.CDLL(None).exit(0)
# %% request_read_again -> limit_wall
import os
while True: os.read(3, 100)
# %% other_source
import msgspec, os, struct, sys
wire = sys.modules["viz_app.engine.wire"]
model = sys.modules["viz_app.model"]
lie = model.Trace(version=1, source="another", stdout="GOT", echo=(), error=None, truncated=None, variables=(), nodes=(), edges=(), passes=(), steps=())
body = msgspec.msgpack.encode(wire.Answer(trace=lie))
os.write(3, struct.pack("<I", len(body)) + body); os._exit(0)
# %% limits_changed_in_the_child
import gc, sys
limits = sys.modules["viz_app.limits"]
import msgspec
for thing in gc.get_objects():
    if type(thing) is limits.Limits:
        msgspec.structs.force_setattr(thing, "printed_characters", 10**9)
        msgspec.structs.force_setattr(thing, "result_bytes", 10**9)
run = sys.modules["viz_app.engine.program"]._running
run.console.limit = 10**9
for _ in range(200): print("x" * 10**6)
# %% board_overwritten
import sys
board = sys.modules["viz_app.engine.program"]._board
board[0:16] = b"\xff" * 16
import os; os._exit(0)
# %% recorder_gone
import sys
run = sys.modules["viz_app.engine.program"]._running
run.recorder = None
x = torch.ones(2, requires_grad=True).sum()
# %% encoder_replaced
import sys, msgspec
sys.modules["viz_app.engine.zygote" if "viz_app.engine.zygote" in sys.modules else "__main__"].encode = lambda *a: b"\xc1"
msgspec.msgpack.encode = lambda *a: b"\xc1"
