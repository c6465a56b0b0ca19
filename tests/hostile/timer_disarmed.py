import signal
for attempt in (lambda: signal.setitimer(signal.ITIMER_REAL, 0), lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN)):
    try:
        attempt()
        print("GOT")
    except OSError:
        pass
