import socket
try:
    socket.create_connection(("127.0.0.1", @PORT@), timeout=1)
    print("GOT")
except OSError:
    pass
