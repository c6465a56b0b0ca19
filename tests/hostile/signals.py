# %% kill
import os
for pid in (@PID@, os.getppid(), 1, 0, -1):
    try: os.kill(pid, 0); print("GOT", pid)
    except OSError: pass
# %% kill_groups_and_queues
import os, signal, ctypes
libc = ctypes.CDLL(None)
for attempt in (lambda: os.killpg(0, 0), lambda: os.pidfd_open(@PID@), lambda: signal.pidfd_send_signal(3, 9)):
    try: attempt(); print("GOT")
    except OSError: pass
for number in (129, 297, 424):  # rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal
    if libc.syscall(number, @PID@, @PID@, 0, 0) == 0: print("GOT", number)
# %% tgkill
import ctypes, os
libc = ctypes.CDLL(None)
for pid in (@PID@, os.getppid()):
    if libc.syscall(234, pid, pid, 0) == 0 or libc.syscall(200, pid, 0) == 0: print("GOT", pid)
# %% signal_by_owner
import fcntl, os
for command, value in ((fcntl.F_SETOWN, @PID@), (fcntl.F_SETSIG, 9), (fcntl.F_SETFL, os.O_ASYNC), (fcntl.F_SETLEASE, 1), (fcntl.F_NOTIFY, 1), (fcntl.F_GETOWN, 0)):
    try: fcntl.fcntl(3, command, value); print("GOT", command)
    except OSError: pass
import ctypes
libc = ctypes.CDLL(None)
for request in (0x8901, 0x5452, 0x8902):  # FIOSETOWN, FIOASYNC, SIOCSPGRP
    if libc.ioctl(3, request, ctypes.byref(ctypes.c_int(@PID@))) == 0: print("GOT", hex(request))
# %% limits_lifted
import resource
for what in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NOFILE):
    for whose in (0, @PID@):
        try: resource.prlimit(whose, what, (1000, 1000)); print("GOT")
        except (OSError, ValueError): pass
# %% timer_disarmed -> limit_wall
import signal
for attempt in (lambda: signal.setitimer(signal.ITIMER_REAL, 0), lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN)):
    try: attempt(); print("GOT")
    except OSError: pass
signal.alarm(0)
while True: pass
# %% blocked -> limit_wall
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
while True:
    pass
# %% handler_replaced_in_python -> limit_wall
import signal, _signal
try: _signal.signal(14, lambda *a: None); print("GOT")
except OSError: pass
try: signal.set_wakeup_fd(3)
except (OSError, ValueError): pass
while True: pass
# %% stop_function_replaced
import sys
engine = sys.modules.get("viz_app.engine.program.execute")
engine.stop = lambda code: None
while True: pass
# %% own_death
import os, ctypes
ctypes.CDLL(None).syscall(234, os.getpid(), os.getpid(), 9)
# %% stopped_itself
import os, ctypes
ctypes.CDLL(None).syscall(234, os.getpid(), os.getpid(), 19)
# %% interrupt
import signal
signal.raise_signal(signal.SIGINT)
# %% keyboard_interrupt
raise KeyboardInterrupt
# %% system_exit_in_handlers
while True:
    try: raise SystemExit
    except BaseException: pass
