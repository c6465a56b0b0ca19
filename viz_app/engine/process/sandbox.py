"""The wall around one program: limits, descriptors, user, Landlock, then seccomp. One list each.

Linux has all of it. Elsewhere only the limits that the system offers hold, `seal` raises OSError
and the program has the user's own rights. `probe` tries, in a confined child, what the wall forbids
and reports what was refused, so that nobody has to believe this file.
"""

import contextlib
import ctypes
import errno
import os
import select
import signal
import socket
import struct
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from viz_app.limits import Limits

try:
    import pyseccomp as seccomp  # before the wall: finding libseccomp starts a process
except (ImportError, RuntimeError):  # RuntimeError: the package is there, libseccomp is not
    seccomp = None

ANSWER_CPU_SECONDS = 6
"""Seconds between the processor limit that signals and the one that kills: recording a graph of
50,000 nodes takes two, and took more than three while other programs ran."""
LINUX = sys.platform == "linux"
NOBODY = 65534
"""The user and group that own nothing, on every Linux."""

RESULT = 3
"""The only descriptor that a confined child keeps in addition to 0 to 2 (on /dev/null)."""

SPARE, RUNNING = b"viz spare", b"viz program"
"""The names of a child in process lists, while it waits and while it runs."""

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_SET_NO_NEW_PRIVS = 38

ALLOWED = (
    # its own memory: malloc, torch's allocator, releasing it; realloc works without mremap
    "brk", "munmap", "mprotect",
    # the result's socket and /dev/null, the only descriptors left
    "read", "write", "writev", "close", "lseek", "fstat", "poll", "dup",
    # clocks, sleeping and the scheduler: time.time, time.sleep, a spinning lock
    "gettimeofday", "time", "nanosleep", "sched_yield",
    # locks; there is no second thread, but the interpreter and libgomp take them
    "rseq", "set_robust_list", "restart_syscall",
    # the handlers of the two timers were set before; these let them run and return
    "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    # identity and usage: os.getpid, resource.getrusage, abort()
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "times",
    # the working directory: / since the child moved there; os.path.abspath reads it
    "getcwd",
    # os.urandom, uuid, a fresh random.Random()
    "getrandom",
    # the end
    "exit", "exit_group",
)  # fmt: skip
"""System calls allowed with any arguments; those of `conditions` are allowed with some only.

All others fail with EPERM: no open, socket, fork, exec, kill, no thread, no new timer or signal
handler that could undo those of the limits, no uname, which would reveal the host's name, and no
sysinfo, which reveals its memory and load.
"""

ABSENT = ("stat", "lstat", "newfstatat", "statx")
"""System calls that look up a file by its name: for every name, the answer is "no such file".

`Path("weights.pt").exists()` is then False, as it should be, where EPERM would end the program.
"""

COPIES = 32 * 2**20
"""Bytes that an ordinary program writes to the zygote's pages, which copies them.

They are subtracted from its new memory, so that it gets a Python error before `written_memory.py`
ends it.
"""

ITSELF = 0x7AB1E5E1
"""The id of the process in `kernel_filter`: larger than any id, and no other operand of it."""

WORD = 2**32 - 1
"""The bits of an argument that the kernel reads of an `int`; the upper half may hold anything."""

MAP_KIND, MAP_PRIVATE, MAP_GROWSDOWN, MAP_HUGETLB = 0xF, 0x2, 0x100, 0x40000
"""Flags of mappings that escape RLIMIT_DATA: shared memory, stack-like growth and huge pages."""

CLOCKS = range(8)
"""CLOCK_REALTIME to CLOCK_BOOTTIME. Every other number names a process's CPU clock or a device."""

MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL, MSG_NOSIGNAL = 0x2, 0x20, 0x40, 0x100, 0x4000
"""Allowed flags of socket messages.

MSG_OOB is not among them: it reaches a corner of the kernel that nothing here needs.
"""

FUTEX_OPERATIONS = (0, 1, 9, 10)
FUTEX_FLAGS = 128 | 256
"""Waiting and waking, each with or without a bit set, private or not, on either clock.

Requeuing and priority inheritance have been ways out of a sandbox.
"""

MADV_DONTNEED, MADV_FREE = 4, 8
"""The advice of an allocator: it no longer needs these pages."""

TCGETS = 0x5401
FCNTL = ("F_GETFD", "F_SETFD", "F_GETFL", "F_DUPFD", "F_DUPFD_CLOEXEC")
"""Commands on a descriptor.

F_SETOWN, F_SETSIG and O_ASYNC (through F_SETFL) make the kernel signal whatever process is named; a
socket's ioctls list the host's network addresses.
"""

LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""Version of Landlock -> number of its rights over files; each is one bit."""
NET_RIGHTS, SCOPES = 0b11, 0b11
"""TCP bind and connect (from version 4); abstract sockets and signals outside (from 6)."""

_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


def _prctl(option: int, value: int, more: Any = 0) -> None:
    assert _libc is not None
    if _libc.prctl(option, value, more, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _call(name: bytes) -> None:
    """Set the name of this process in process lists."""
    assert _libc is not None
    _libc.prctl(PR_SET_NAME, ctypes.c_char_p(name), 0, 0, 0)


def _own_size() -> tuple[int, int]:
    """Bytes of address space of this process: all of it, and its private writable part."""
    with open("/proc/self/statm", "rb") as file:
        pages = file.read().split()
    size = os.sysconf("SC_PAGE_SIZE")
    return int(pages[0]) * size, int(pages[5]) * size


def confine(limits: Limits, keep: int, parent: int) -> None:
    """Apply all of the wall but Landlock and seccomp, in the child: `keep` becomes descriptor 3.

    Raises OSError if a step fails that the system has. `parent` is the process whose death must end
    this one.
    """
    import resource  # absent on Windows, which has no fork either

    _keep_only(keep)  # while the limit of descriptors still gives their possible number
    os.setpgid(0, 0)  # a group of its own, where there is no seccomp to refuse kill(0)
    ceilings = [
        ("RLIMIT_CPU", limits.cpu_seconds, limits.cpu_seconds + ANSWER_CPU_SECONDS),
        ("RLIMIT_FSIZE", 0, 0),  # no file grows, were one ever opened
        ("RLIMIT_CORE", 0, 0),  # a crash leaves no dump on the host's disk
        ("RLIMIT_NOFILE", 16, 16),  # nothing to open
        ("RLIMIT_NPROC", 0, 0),  # no process, no thread (of no effect for root)
    ]
    if LINUX:
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # when the host runs out of memory, the kernel ends this one first
        # On top of the zygote's imports. The first counts everything writable, a library's pages as
        # soon as they are made writable; the second keeps page tables small.
        size, data = _own_size()
        for name, used in (("RLIMIT_DATA", data - COPIES), ("RLIMIT_AS", size)):
            ceilings.append((name, used + limits.memory_bytes, used + limits.memory_bytes))
    for name, soft, hard in ceilings:
        kind = getattr(resource, name)
        old = resource.getrlimit(kind)[1]
        if old != resource.RLIM_INFINITY:  # the host's own limit may be lower still
            soft, hard = min(soft, old), min(hard, old)
        try:
            resource.setrlimit(kind, (soft, hard))
        except ValueError:
            if LINUX:  # macOS refuses some; there the wall is not promised
                raise

    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)
    os.chdir("/")

    if os.getuid() == 0:
        # A container may map no user but root: then the rest of the wall must suffice, and does.
        with contextlib.suppress(PermissionError, OSError):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    if LINUX:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which clears it
        if os.getppid() != parent:
            os._exit(1)
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _call(RUNNING)


def fence() -> int:
    """Apply Landlock: no file, no TCP and no signal beyond this process, whatever seccomp allows.

    Return the version of Landlock in force, 0 if the kernel has none. Needs `no_new_privs`.
    """
    if _libc is None:
        return 0
    version: int = _libc.syscall(LANDLOCK_CREATE_RULESET, 0, 0, 1)
    if version < 1:  # no such system call, or switched off at boot
        return 0
    rights = (1 << max(bits for since, bits in FILE_RIGHTS.items() if since <= version)) - 1
    fields = [rights, *([NET_RIGHTS] if version >= 4 else []), *([SCOPES] if version >= 6 else [])]
    rules = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _libc.syscall(LANDLOCK_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0 or _libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    os.close(ruleset)
    return version


def _keep_only(descriptor: int) -> None:
    """Close all descriptors but 0 to 2 and this one, which becomes descriptor 3."""
    import resource

    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if descriptor != RESULT:
        os.dup2(descriptor, RESULT, inheritable=False)
    os.closerange(RESULT + 1, highest if 0 < highest < 2**20 else 2**20)


def spare(keep: int, parent: int) -> None:
    """Apply the limits of a child that waits for its run; `keep` becomes descriptor 3."""
    _keep_only(keep)
    if LINUX:
        _call(SPARE)
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def seal(rules: bytes) -> None:
    """Take the last step: from here on only the calls that `rules` allow, made by `kernel_filter`.
    OSError if there is no seccomp.

    `tgkill`, which abort() needs, is restricted to this very process, or it would reach others of
    the same user, and so is the query of the usable processors: its id is put into the filter here.
    """
    instructions = array("I", rules)
    for place in range(1, len(instructions), 2):
        if instructions[place] == ITSELF:
            instructions[place] = os.getpid()
    address, words = instructions.buffer_info()
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(_Filter(words // 2, address)))


class _Filter(ctypes.Structure):
    """The kernel's sock_fprog: instructions of eight bytes, the operand in the last four."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def kernel_filter() -> bytes:
    """The filter as the kernel reads it, with `ITSELF` for the id of the process.

    It is made before the fork: that takes longer than all other steps together, and a confined
    child can't write the file. OSError if there is no seccomp.
    """
    if seccomp is None:
        raise OSError(errno.ENOSYS, "no seccomp on this system")
    wall = seccomp.SyscallFilter(defaction=seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:  # an architecture may lack one
            wall.add_rule(seccomp.ALLOW, name)
    for name in ABSENT:
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:
            wall.add_rule(seccomp.ERRNO(errno.ENOENT), name)
    for name, *arguments in conditions():
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:
            wall.add_rule(seccomp.ALLOW, name, *arguments)
    with open(os.memfd_create("filter"), "w+b") as file:
        wall.export_bpf(file)
        file.seek(0)
        return file.read()


def conditions() -> Iterator[tuple[Any, ...]]:
    """System calls allowed with some arguments only: a name, and the arguments' rules."""
    import fcntl  # absent on Windows

    def equal(place: int, value: int) -> Any:
        return seccomp.Arg(place, seccomp.EQ, value)

    def masked(place: int, mask: int, value: int) -> Any:
        return seccomp.Arg(place, seccomp.MASKED_EQ, mask, value)

    yield "mmap", masked(3, MAP_KIND | MAP_GROWSDOWN | MAP_HUGETLB, MAP_PRIVATE)
    for advice in (MADV_DONTNEED, MADV_FREE):
        yield "madvise", equal(2, advice)
    for call in ("clock_gettime", "clock_getres", "clock_nanosleep"):
        yield call, seccomp.Arg(0, seccomp.LT, CLOCKS.stop)
    for itself in (0, ITSELF):
        yield "sched_getaffinity", equal(0, itself)
    yield "tgkill", equal(0, ITSELF)
    for operation in FUTEX_OPERATIONS:
        yield "futex", masked(1, WORD & ~FUTEX_FLAGS, operation)
    yield "sendto", masked(3, WORD & ~(MSG_DONTWAIT | MSG_NOSIGNAL), 0)
    yield "recvfrom", masked(3, WORD & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL), 0)
    yield "ioctl", equal(1, TCGETS)  # isatty
    for command in FCNTL:
        yield "fcntl", equal(1, getattr(fcntl, command))
    # a socket's timeout switches O_NONBLOCK
    yield "fcntl", equal(1, fcntl.F_SETFL), masked(2, os.O_ASYNC, 0)


def _open_for_reading() -> None:
    os.close(os.open("/etc/hosts", os.O_RDONLY))


def _create() -> None:
    os.close(os.open(f"/tmp/viz-app-probe-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_EXCL))


def _connect() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as there:
        there.connect(("127.0.0.1", 9))


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _thread() -> None:
    import _thread

    _thread.start_new_thread(time.sleep, (0,))


def _kill() -> None:
    os.kill(os.getppid(), 0)


def _exec() -> None:
    os.execv("/bin/true", ["true"])


ATTEMPTS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("open", _open_for_reading),
    ("create", _create),
    ("connect", _connect),
    ("fork", _fork),
    ("thread", _thread),
    ("kill", _kill),
    ("exec", _exec),  # last: where it succeeds, nothing is left to try
)


PROBE_SECONDS = 20.0
"""Longest silence of the child that probes the wall; it takes milliseconds, or seconds on a busy
host."""

REFUSED = (errno.EPERM, errno.EACCES, errno.EAGAIN)
"""Errors by which seccomp, Landlock and a limit refuse; any other means that the attempt passed."""


class ProbeError(Exception):
    """The child that probed the wall did not finish: nothing is known of the wall."""


def probe(*, sealed: bool = True) -> tuple[str, ...]:
    """The names of those `ATTEMPTS` that a confined child was really refused. Forks.

    With `sealed` nothing holds without seccomp; otherwise this probes the rest of the wall alone.
    ProbeError if the child was killed or hung.
    """
    rules = kernel_filter() if sealed and seccomp is not None else b""
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            _attempt_all(theirs.fileno(), parent, rules, sealed=sealed)
        finally:
            os._exit(1)  # an error of ours, which is no answer either
    theirs.close()
    held = b""
    with ours:
        while came := bool(select.select([ours], [], [], PROBE_SECONDS)[0]):
            part = ours.recv(4096)
            if not part:
                break
            held += part
    if not came:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        raise ProbeError(status)
    return tuple(held.decode("ascii").split())


def _attempt_all(result: int, parent: int, rules: bytes, *, sealed: bool) -> NoReturn:
    """Try everything in this process, which must be a child, and end it with status 0."""
    confine(Limits(wall_seconds=2, cpu_seconds=2), result, parent)
    fence()
    if sealed:
        try:
            seal(rules)
        except OSError:  # this system has no seccomp, or allows none
            os._exit(0)
    for name, attempt in ATTEMPTS:
        if _refused(attempt):
            os.write(RESULT, name.encode() + b"\n")
    os._exit(0)


def _refused(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError as problem:
        return problem.errno in REFUSED
    except RuntimeError:  # "can't start new thread"
        return True
    return False
