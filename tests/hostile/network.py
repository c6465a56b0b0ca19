# %% connect
import socket
print("GOT", socket.create_connection(("127.0.0.1", @PORT@), timeout=1))
# %% udp
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"x", ("127.0.0.1", @PORT@)); print("GOT")
# %% listen
import socket
print("GOT", socket.create_server(("127.0.0.1", 0)))
# %% names
import socket
for attempt in (lambda: socket.getaddrinfo("localhost", 80), lambda: socket.gethostbyname("localhost"), socket.gethostname):
    try: print("GOT", attempt())
    except OSError: pass
# %% urllib
import urllib.request
print("GOT", urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=1).read())
# %% file_url
import urllib.request
print("GOT", urllib.request.urlopen("file://@SECRET@").read())
# %% http_client
import http.client
print("GOT", http.client.HTTPConnection("127.0.0.1", @PORT@, timeout=1).request("GET", "/"))
# %% asyncio
import asyncio
async def go(): return await asyncio.open_connection("127.0.0.1", @PORT@)
print("GOT", asyncio.run(go()))
# %% hub
print("GOT", torch.hub.load_state_dict_from_url("http://127.0.0.1:@PORT@/x.pth"))
# %% distributed
import torch.distributed as dist
dist.init_process_group("gloo", init_method="tcp://127.0.0.1:@PORT@", rank=0, world_size=1)
print("GOT")
# %% tcp_store
print("GOT", torch.distributed.TCPStore("127.0.0.1", 0, 1, True))
# %% unix_socket
import socket
s = socket.socket(socket.AF_UNIX); s.connect("\0viz"); print("GOT")
# %% descriptor_as_another_socket
import socket
s = socket.socket(fileno=3)
for attempt in (lambda: s.connect(("127.0.0.1", @PORT@)), lambda: s.listen(), lambda: s.accept(), lambda: s.bind(""), lambda: s.getpeername(), lambda: s.setsockopt(1, 16, 1),
                lambda: socket.send_fds(s, [b"x"], [0]), lambda: socket.recv_fds(s, 1, 1), lambda: s.shutdown(2)):
    try: attempt(); print("GOT")
    except OSError: pass
s.detach()
