# %% raw_open
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in (2, 257, 437, 85, 304):  # open, openat, openat2, creat, open_by_handle_at
    if libc.syscall(number, b"@SECRET@" if number != 257 else -100, b"@SECRET@", 0) >= 0:
        print("GOT")
# %% raw_socket
import ctypes
libc = ctypes.CDLL(None)
for family in (1, 2, 10, 16, 17):
    if libc.socket(family, 1, 0) >= 0:
        print("GOT", family)
if libc.syscall(425, 8, 0) >= 0 or libc.syscall(53, 1, 1, 0, (ctypes.c_int * 2)()) >= 0:  # io_uring, socketpair
    print("GOT")
# %% raw_clone
import ctypes
libc = ctypes.CDLL(None)
for number in (56, 57, 58, 435):  # clone, fork, vfork, clone3
    if libc.syscall(number, 17, 0, 0, 0, 0) >= 0:
        print("GOT", number)
# %% ptrace
import ctypes, os
libc = ctypes.CDLL(None)
if libc.ptrace(16, os.getppid(), 0, 0) == 0 or libc.syscall(310, os.getppid(), 0, 0, 0, 0, 0) >= 0:
    print("GOT")
# %% memory_of_others
import ctypes
libc = ctypes.CDLL(None)
class Piece(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
room = ctypes.create_string_buffer(16)
here, there = Piece(ctypes.addressof(room), 16), Piece(0x400000, 16)
for number in (310, 311):  # process_vm_readv, process_vm_writev
    if libc.syscall(number, @PID@, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) >= 0:
        print("GOT", number)
# %% executable_memory_in_a_file
import ctypes
if ctypes.CDLL(None).memfd_create(b"x", 0) >= 0:
    print("GOT")
# %% own_machine_code
import ctypes, mmap
page = mmap.mmap(-1, 4096, flags=0x22, prot=7)
page.write(b"\xb8\x39\x00\x00\x00\x0f\x05\xc3")  # mov eax, fork; syscall; ret
run = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
if run() >= 0: print("GOT")
# %% x32_calls
import ctypes
if ctypes.CDLL(None).syscall(0x40000000 + 57) >= 0: print("GOT")
# %% calls_of_32_bits
import ctypes, mmap
page = mmap.mmap(-1, 4096, flags=0x22, prot=7)
page.write(b"\xb8\x02\x00\x00\x00\xcd\x80\xc3")  # mov eax, fork; int 0x80; ret
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
if run() >= 0: print("GOT")
# %% every_number
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
got = []
for number in range(16, 470):
    # those a program may call, and the ones that end it or change its own memory
    if number in (16, 24, 32, 35, 39, 60, 61, 72, 79, 96, 97, 98, 100, 102, 104, 107, 108, 110, 131, 186, 201, 202, 204, 219, 228, 229, 230, 231, 234, 273, 318, 334, 8, 15, 20, 44, 45): continue
    ctypes.set_errno(0)
    if libc.syscall(number, 0, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != 1:
        got.append((number, ctypes.get_errno()))
if got: print("GOT", got)
# %% namespaces
import ctypes
libc = ctypes.CDLL(None)
for flag in (0x10000000, 0x20000000, 0x40000000, 0x00020000):
    if libc.unshare(flag) == 0: print("GOT", hex(flag))
# %% mount
import ctypes
libc = ctypes.CDLL(None)
if libc.mount(b"none", b"@DIR@", b"tmpfs", 0, 0) == 0 or libc.chroot(b"/") == 0: print("GOT")
# %% users
import ctypes
libc = ctypes.CDLL(None)
for name in ("setuid", "setgid", "seteuid"):
    if getattr(libc, name)(0) == 0: print("GOT", name)
# %% keyring_and_bpf
import ctypes
libc = ctypes.CDLL(None)
for number, *args in ((248, 0, 0, 0, 0, 0), (250, 0, -1, 1), (321, 0, 0, 0), (298, 0, 0, -1, -1, 0), (323, 0)):
    if libc.syscall(number, *args) >= 0: print("GOT", number)
# %% wall_taken_down
import ctypes
libc = ctypes.CDLL(None)
if libc.prctl(22, 0, 0, 0, 0) == 0 or libc.syscall(317, 1, 0, 0) == 0 or libc.prctl(38, 0, 0, 0, 0) == 0: print("GOT")
# %% death_with_the_parent_undone
import ctypes
if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0: print("GOT")
# %% environment_of_c
import ctypes
block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
n = 0
while block[n]:
    if b"planted" in block[n].lower() or b"SECRET" in block[n]: print("GOT")
    n += 1
# %% library_loaded
import ctypes
print("GOT", ctypes.CDLL("@SECRET@"))
# %% host_addresses
import ctypes
libc = ctypes.CDLL(None)
room = ctypes.create_string_buffer(4096)
for request in (0x8912, 0x8915, 0x8927):  # SIOCGIFCONF, SIOCGIFADDR, SIOCGIFHWADDR
    if libc.ioctl(3, request, room) == 0: print("GOT", hex(request))
# %% host_name
import ctypes
libc = ctypes.CDLL(None)
room = ctypes.create_string_buffer(512)
if libc.uname(room) == 0 or libc.gethostname(room, 512) == 0: print("GOT", room.raw[65:130])
# %% wild_pointer
import ctypes
ctypes.memset(id(None), 0, 16)
# %% refcount_of_none
import ctypes
ctypes.c_long.from_address(id(None)).value = 1
for _ in range(1000): x = None
# %% tuple_changed
import ctypes
ctypes.c_long.from_address(id(()) + 16).value = 5
print(())
# %% stack_smashed
import ctypes
ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(bytearray(1))), 65, 1 << 20)
