for attempt in (lambda: torch.save(torch.ones(2), "@DIR@/new.pt"), lambda: torch.load("@SECRET@"),
                lambda: torch.from_file("@SECRET@", size=4, dtype=torch.uint8),
                lambda: torch.UntypedStorage.from_file("@SECRET@", False, 4),
                lambda: torch.jit.load("@SECRET@"), lambda: torch.classes.load_library("@SECRET@")):
    try:
        print("GOT", attempt())
    except Exception:
        pass
