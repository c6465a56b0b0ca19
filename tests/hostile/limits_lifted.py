import resource
try:
    resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))
    print("GOT")
except (OSError, ValueError):
    pass
