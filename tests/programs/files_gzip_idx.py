import gzip
import struct
import torch
with gzip.open("t.gz", "wb") as f:
    f.write(struct.pack(">3i", 2, 2, 2) + bytes(range(8)))
with gzip.open("t.gz", "rb") as f:
    n, rows, cols = struct.unpack(">3i", f.read(12))
    images = torch.frombuffer(bytearray(f.read()), dtype=torch.uint8).reshape(n, rows, cols)
w = torch.ones(4, requires_grad=True)
(images.float().reshape(2, -1) @ w).sum().backward()
print(images.shape, w.grad)
