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
run = sys.modules["viz_app.engine.program.execute"]._running
run.console.limit = 10**9
for _ in range(200): print("x" * 10**6)
# %% board_overwritten
import sys
board = sys.modules["viz_app.engine.program.execute"]._board
board[0:16] = b"\xff" * 16
import os; os._exit(0)
# %% recorder_gone
import sys
run = sys.modules["viz_app.engine.program.execute"]._running
run.recorder = None
x = torch.ones(2, requires_grad=True).sum()
# %% encoder_replaced
import sys, msgspec
sys.modules["viz_app.engine.process.zygote" if "viz_app.engine.process.zygote" in sys.modules else "__main__"].encode = lambda *a: b"\xc1"
msgspec.msgpack.encode = lambda *a: b"\xc1"
# %% numbers_that_become_gigabytes -> forged
import msgspec, os, struct, sys
count = 5_000_000
pack = msgspec.msgpack.encode
body = b"\x81" + pack("heights") + b"\xdd" + struct.pack(">I", count) + b"\x92\x01\x01" * count
data = memoryview(struct.pack("<I", len(body)) + body)
while data: data = data[os.write(3, data):]
os._exit(0)
# %% more_parts_than_bytes -> forged
import os, struct
body = b"\x81\xa7heights\xdd\xff\xff\xff\xff" + b"\x01" * 5_000_000
data = memoryview(struct.pack("<I", len(body)) + body)
while data: data = data[os.write(3, data):]
os._exit(0)
# %% unknown_failure -> forged
import msgspec, os, struct
body = msgspec.msgpack.encode({"failure": {"code": "no_such_code", "type": "x", "message": "", "span": [1, 1, 1, 1]}})
os.write(3, struct.pack("<I", len(body)) + body); os._exit(0)
# %% failure_of_the_server -> forged
import msgspec, os, struct
body = msgspec.msgpack.encode({"failure": {"code": "foreign", "type": "x", "message": "", "span": [1, 1, 1, 1]}})
os.write(3, struct.pack("<I", len(body)) + body); os._exit(0)
# %% edges_without_inputs -> forged
import msgspec, os, struct, sys
source = sys.modules["viz_app.engine.program.execute"]._running.source
one = {"shape": [], "dtype": "torch.float32", "data": [1.0]}
node = {"kind": "op", "op": "mul", "grad_fn": "MulBackward0", "names": [], "span": None, "call": 1, "scope": [], "pass_number": None, "inputs": [], "outputs": 1, "values": [one], "grads": [None], "requires_grad": True}
edge = {"source": 0, "output": 0, "target": 1, "position": None}
trace = {"version": 1, "source": source, "stdout": "", "echo": [], "error": None, "truncated": None, "variables": [], "passes": [], "steps": [],
         "nodes": [{**node, "id": n} for n in range(2)], "edges": [{**edge, "id": n, "slot": n} for n in range(1000)]}
body = msgspec.msgpack.encode({"trace": trace})
data = memoryview(struct.pack("<I", len(body)) + body)
while data: data = data[os.write(3, data):]
os._exit(0)
# %% empty_shape_without_end
x = torch.zeros(2**40, 0, requires_grad=True)
y = x.sum()
y.backward()
